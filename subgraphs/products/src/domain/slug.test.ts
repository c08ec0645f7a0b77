import { expect, it } from 'vitest';
import { isSlug, otherSlugOf, slugOf } from './slug.ts';

it.each([
  ['Café "Noir" 2', 'cafe-noir-2'],
  ['  --  ', ''],
  ['日本', ''],
  ['x'.repeat(300), 'x'.repeat(200)],
])('makes of %s the slug %s', (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});

it.each(['Mug', '日本', 'x'.repeat(300)])('makes a second slug of %s that is one', (name) => {
  const slug = otherSlugOf(name, 'prod_01h455vb4pex5vsknk084sn02q');
  expect(isSlug(slug)).toBe(true);
  expect(slug.endsWith('nk084sn02q'.slice(-10))).toBe(true);
});
