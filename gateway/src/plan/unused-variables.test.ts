import { OperationTypeNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { FetchNode } from './plan-nodes.ts';
import { withoutUnusedVariables } from './unused-variables.ts';

const fetchOf = (operation: string, variableUsages: string[]): FetchNode => ({
  kind: 'Fetch',
  serviceName: 'goods',
  operation,
  operationKind: OperationTypeNode.QUERY,
  operationName: undefined,
  variableUsages,
});

describe('withoutUnusedVariables', () => {
  it('takes out what is declared and not used', () => {
    const node = fetchOf('query($a:Int$ab:Int=2){product(id:$ab){name}}', ['a', 'ab']);
    expect(withoutUnusedVariables(node)).toEqual({
      query: 'query($ab:Int=2){product(id:$ab){name}}',
      variableUsages: ['ab'],
    });
  });

  it('leaves an operation that uses all it declares as it is', () => {
    const query = 'query($a:Int){product(id:$a){name}}';
    expect(withoutUnusedVariables(fetchOf(query, ['a']))).toEqual({ query, variableUsages: ['a'] });
  });
});
