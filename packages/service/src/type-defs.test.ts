import { buildSubgraphSchema } from '@apollo/subgraph';
import { expect, it } from 'vitest';
import { loadTypeDefs } from './type-defs.ts';

it.each(['users', 'products', 'orders'])('the SDL of %s is a subgraph', (name) => {
  expect(
    buildSubgraphSchema([{ typeDefs: loadTypeDefs(name) }])
      .getQueryType()
      ?.getFields()._service,
  ).toBeDefined();
});

it('a subgraph that nobody wrote is told as such', () => {
  expect(() => loadTypeDefs('toString')).toThrow(Error);
});
