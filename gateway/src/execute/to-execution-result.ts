import { type ExecutionResult, GraphQLError } from 'graphql';
import { isTree, type Tree } from './tree.ts';

/** An answer in parts as values: the first has the data, all others what came later. */
export type ResultInParts = {
  readonly initialResult: ExecutionResult & { readonly hasNext: boolean };
  readonly subsequentResults: AsyncGenerator<{ readonly hasNext: boolean }, void, void>;
};

/** An answer's text as the value that Apollo Server and its plugins work with. */
export function toExecutionResult(text: string): ExecutionResult {
  return resultOf(treeOf(text));
}

/** The same for an answer in parts; for one that turns out to have no more than one it is the whole. */
export async function toResultInParts(parts: AsyncIterable<string>): Promise<ExecutionResult | ResultInParts> {
  const texts = parts[Symbol.asyncIterator]();
  const first = await texts.next();
  const { hasNext, pending, ...answer } = treeOf(first.done === true ? '{}' : first.value);
  const result = resultOf(answer);
  if (hasNext !== true) return result;
  return {
    initialResult: { ...result, hasNext, ...(pending !== undefined && { pending }) },
    subsequentResults: rest(texts),
  };
}

async function* rest(texts: AsyncIterator<string>) {
  try {
    for (let next = await texts.next(); next.done !== true; next = await texts.next()) {
      const { hasNext, incremental, completed, ...others } = treeOf(next.value);
      yield {
        ...others,
        ...(incremental !== undefined && { incremental: withErrors(incremental) }),
        ...(completed !== undefined && { completed: withErrors(completed) }),
        hasNext: hasNext === true,
      };
    }
  } finally {
    await texts.return?.();
  }
}

function resultOf({ data, errors, extensions }: Tree): ExecutionResult {
  const isExecuted = data !== undefined;
  return {
    ...(isExecuted && { data: isTree(data) ? data : null }),
    ...(errors !== undefined && { errors: errorsOf(errors, isExecuted) }),
    ...(isTree(extensions) && { extensions }),
  };
}

const withErrors = (items: unknown) =>
  listOf(items).map(({ errors, ...item }) =>
    errors === undefined ? item : { ...item, errors: errorsOf(errors, true) },
  );

function errorsOf(errors: unknown, isExecuted: boolean): GraphQLError[] {
  return listOf(errors).map(({ message, path, extensions }) => {
    const place = Array.isArray(path) ? path : undefined;
    // What is told of a service may go on to the client: it has been made fit for that where it was received.
    const told = { ...(isTree(extensions) && extensions), ...(isExecuted && { serviceName: 'subgraph' }) };
    return new GraphQLError(String(message), { path: place, extensions: told });
  });
}

const listOf = (value: unknown): Tree[] => (Array.isArray(value) ? value.filter(isTree) : []);

function treeOf(text: string): Tree {
  const value: unknown = JSON.parse(text);
  return isTree(value) ? value : {};
}
