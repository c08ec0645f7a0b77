import { LRUCache } from 'lru-cache';
import type { SubgraphCall } from '../execute/subgraph-call.ts';

type Body = Pick<SubgraphCall, 'id' | 'query' | 'operationName' | 'variables' | 'representations'>;

const MAX_BYTES = 32 * 1024 * 1024;

/** Makes request bodies out of parts that are JSON already; the operation's text becomes JSON once. */
export function createBodies(): (call: Body) => string {
  const beginnings = new LRUCache<string, string>({
    maxSize: MAX_BYTES,
    sizeCalculation: (text, id) => text.length + id.length,
  });

  const beginningOf = ({ id, query, operationName }: Body): string => {
    const known = beginnings.get(id);
    if (known !== undefined) return known;
    const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`;
    const made = `{"query":${JSON.stringify(query)}${name},"variables":`;
    beginnings.set(id, made);
    return made;
  };

  return (call) => {
    const { variables, representations } = call;
    const beginning = beginningOf(call);
    if (!representations) return `${beginning}${variables}}`;
    const list = `"representations":[${representations.join(',')}]`;
    return variables === '{}' ? `${beginning}{${list}}}` : `${beginning}${variables.slice(0, -1)},${list}}}`;
  };
}
