import { expect, it } from 'vitest';
import { arrangeMeetings } from './meetings.ts';
import type { PlanNode } from './plan-nodes.ts';

const fetchOf = (serviceName: string, id: string, over: object = {}): PlanNode =>
  Object({ kind: 'Fetch', serviceName, id, operation: '{x}', operationKind: 'query', ...over });
const root = (service: string, id: string) => fetchOf(service, id);
const entities = (service: string, id: string, over: object = {}): PlanNode => {
  const node = fetchOf(service, id, { requires: [{ kind: 'Field', name: 'id' }], ...over });
  return { kind: 'Flatten', path: [id], node };
};
const inTurn = (...nodes: PlanNode[]): PlanNode => ({ kind: 'Sequence', nodes });
const atOnce = (...nodes: PlanNode[]): PlanNode => ({ kind: 'Parallel', nodes });

/** The meetings as `fetches@level`. */
function meetingsOf(node: PlanNode): string[] {
  const names = new Map<number, string[]>();
  for (const [fetch, { index, level, size }] of arrangeMeetings(node)) {
    const members = names.get(index) ?? [`@${level} of ${size}:`];
    members.push(String(Object(fetch).id));
    names.set(index, members);
  }
  return [...names.values()].map((members) => members.join(' '));
}

it('lets fetches to one subgraph that come after equally many others go together', () => {
  const plan = atOnce(
    inTurn(root('a', 'a1'), entities('b', 'b1'), root('e', 'end')),
    inTurn(root('c', 'c1'), entities('b', 'b2'), entities('a', 'a2')),
  );
  expect(meetingsOf(plan)).toEqual(['@1 of 2: b1 b2']);
});

it('lets those that nothing waits for go later, with others', () => {
  const plan = inTurn(
    root('a', 'a1'),
    atOnce(entities('b', 'early'), inTurn(entities('c', 'c1'), entities('b', 'needed'), entities('d', 'd1'))),
  );
  expect(meetingsOf(plan)).toEqual(['@2 of 2: needed early']);
});

it('lets nothing go later that something waits for', () => {
  const plan = inTurn(
    root('a', 'a1'),
    atOnce(
      inTurn(entities('b', 'needed'), entities('d', 'd1'), entities('e', 'e1')),
      inTurn(entities('c', 'c1'), entities('b', 'late')),
    ),
  );
  expect(meetingsOf(plan)).toEqual([]);
});

it('leaves out what is conditional, deferred, asked at the root or depends on its context', () => {
  const condition: PlanNode = { kind: 'Condition', condition: 'c', ifClause: entities('b', 'if') };
  const context = entities('b', 'context', { contextRewrites: [] });
  expect(meetingsOf(inTurn(root('b', 'b0'), atOnce(root('b', 'b1'), condition, context, entities('b', 'b2'))))).toEqual(
    [],
  );
});

it('counts what is conditional as long as its longer branch', () => {
  const condition: PlanNode = {
    kind: 'Condition',
    condition: 'c',
    elseClause: inTurn(root('x', 'x1'), root('x', 'x2')),
  };
  const plan = atOnce(
    inTurn(condition, entities('b', 'b1'), root('e', 'end')),
    inTurn(root('a', 'a1'), root('a', 'a2'), entities('b', 'b2'), root('e', 'end')),
  );
  expect(meetingsOf(plan)).toEqual(['@2 of 2: b1 b2']);
});
