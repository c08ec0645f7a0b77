import { expect, it } from 'vitest';
import { createCacheTags } from './cache-tags.ts';

it('tags are kept once each', () => {
  const tags = createCacheTags();
  for (const tag of ['Product', 'Product:1', 'Product']) tags.add(tag);
  expect(tags.all()).toEqual(['Product', 'Product:1']);
});

it('an answer of more than 2,000 things is not kept', () => {
  const tags = createCacheTags();
  for (let index = 0; index < 2_000; index++) tags.add(`Product:${index}`);
  expect(tags.all()).toHaveLength(2_000);
  tags.add('Product:2000');
  expect(tags.all()).toBeUndefined();
});

it('an answer with something unnamed in it is not kept', () => {
  const tags = createCacheTags();
  tags.add('Product');
  tags.forbid();
  expect(tags.all()).toBeUndefined();
});
