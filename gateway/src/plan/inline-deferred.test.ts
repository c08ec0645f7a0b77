import { parse, print } from 'graphql';
import { expect, it } from 'vitest';
import { clientLabelOf, inlineDeferred } from './inline-deferred.ts';

it('leaves as it is what defers nothing', () => {
  const document = parse('{ a ...F ...F } fragment F on Query { a @skip(if: true) }');
  expect(inlineDeferred(document)).toBe(document);
});

it('writes out fragments that defer something, and gives each use of them a label, in which the client’s can be seen', () => {
  const document = parse(`
    query ($b: Boolean) { one { ...F @include(if: $b) } two: one { ...F } ...H @defer }
    fragment F on One { x ...G }
    fragment G on One { ...H @defer(if: $b, label: "l") y }
    fragment H on One { z }`);
  expect(print(inlineDeferred(document))).toBe(
    print(
      parse(`query ($b: Boolean) {
        one { ... on One @include(if: $b) { x ... on One { ...H @defer(label: "l\\u00001", if: $b) y } } }
        two: one { ... on One { x ... on One { ...H @defer(label: "l\\u00002", if: $b) y } } }
        ...H @defer(label: "\\u00003")
      }
      fragment H on One { z }`),
    ),
  );
  expect(['l\u00002', '\u00003', undefined].map(clientLabelOf)).toEqual(['l', undefined, undefined]);
});
