import { expect, it } from 'vitest';
import { codes, compose, startSubgraph, startTestGateway } from './fixture.ts';

const SDL = `
  type Query {
    page(first: Int): Page!
    reports(size: Int!): [Report!]! @federation__listSize(slicingArguments: ["size"]) @federation__cost(weight: 3)
    free: String
  }
  type Page { nodes: [Report!]! }
  type Report { title: String lines: [Line!]! @federation__listSize(assumedSize: 50) }
  type Line { text: String }
`;

async function startReports(env: Record<string, string>) {
  const reports = await startSubgraph('reports', SDL, {
    Query: { page: () => ({ nodes: [] }), reports: () => [], free: () => 'x' },
  });
  return { reports, ...(await startTestGateway(compose(reports), env)) };
}

it('what may become too much is refused before a subgraph is asked, by literals and by variables', async () => {
  const { ask, reports } = await startReports({ MAX_COST: '500' });
  const query = 'query($n: Int!) { reports(size: $n) { lines { text } } }';
  expect((await ask(query, { n: 9 })).data).toEqual({ reports: [] });
  expect(reports.requests).toHaveLength(1);
  const answer = await ask(query, { n: 10 });
  expect({ status: answer.status, codes: codes(answer) }).toEqual({ status: 400, codes: ['COST_TOO_HIGH'] });
  expect(codes(await ask('{ reports(size: 99) { lines { text } } }'))).toEqual(['COST_TOO_HIGH']);
  expect(reports.requests).toHaveLength(1);
});

it('what costs nothing is never too much', async () => {
  const { ask } = await startReports({ MAX_COST: '1' });
  expect((await ask('{ free }')).data).toEqual({ free: 'x' });
});

it('lists of unknown length are taken to be as long as is configured', async () => {
  const { ask } = await startReports({ MAX_COST: '100', COST_DEFAULT_LIST_SIZE: '1' });
  expect(codes(await ask('{ page { nodes { title lines { text } } } }'))).toEqual([]);
  const generous = await startReports({ MAX_COST: '100', COST_DEFAULT_LIST_SIZE: '2' });
  expect(codes(await generous.ask('{ page { nodes { title lines { text } } } }'))).toEqual(['COST_TOO_HIGH']);
});

it('a page of more than a hundred is refused, by whatever way it is asked', async () => {
  const { ask, reports } = await startReports({});
  expect((await ask('{ page(first: 100) { nodes { title } } }')).data).toEqual({ page: { nodes: [] } });
  const answers = [
    await ask('{ page(first: 101) { nodes { title } } }'),
    await ask('query($n: Int) { page(first: $n) { nodes { title } } }', { n: 101 }),
    await ask('{ reports(size: 101) { title } }'),
  ];
  expect(answers.map(codes)).toEqual([['INVALID_ARGUMENT'], ['INVALID_ARGUMENT'], ['INVALID_ARGUMENT']]);
  expect(reports.requests).toHaveLength(1);
  const other = await startReports({ MAX_PAGE_SIZE: '200' });
  expect((await other.ask('{ page(first: 101) { nodes { title } } }')).data).toEqual({ page: { nodes: [] } });
});
