export type GraphQLAnswer<Data> = {
  status: number;
  headers: Headers;
  data?: Data | null;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string } }[];
  extensions?: Record<string, unknown>;
};

export type GraphQLClient = <Data = unknown>(
  query: string,
  variables?: object,
  headers?: Record<string, string>,
) => Promise<GraphQLAnswer<Data>>;

/** Asks one endpoint by POST. The caller says what it expects; a test's assertions check it. */
export function createGraphQLClient(url: string, always: Record<string, string> = {}): GraphQLClient {
  return async (query, variables = {}, headers = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...always, ...headers },
      body: JSON.stringify({ query, variables }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: what it is, the query text says
    const answer: any = await response.json();
    return { ...answer, status: response.status, headers: response.headers };
  };
}
