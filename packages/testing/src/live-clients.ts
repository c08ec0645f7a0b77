import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

export type Following = {
  /** The `data` of each answer. */
  readonly data: unknown[];
  /** What the client reported as errors, or an answer had with its data. */
  readonly errors: unknown[];
  isOver: boolean;
  stop(): void;
};
type Asked = { query: string; variables?: Record<string, unknown>; authorization?: string | undefined };
type Follow = (url: string, asked: Asked) => Following;
type Result = { data?: unknown; errors?: readonly unknown[] | undefined };

function begin(subscribe: (sink: Sink) => () => void): Following {
  const following: Following = { data: [], errors: [], isOver: false, stop: () => {} };
  const stop = subscribe({
    next({ data, errors }) {
      if (errors) following.errors.push(...errors);
      if (data !== undefined && data !== null) following.data.push(data);
    },
    error(error) {
      following.errors.push(...(Array.isArray(error) ? error : [error]));
      following.isOver = true;
    },
    complete() {
      following.isOver = true;
    },
  });
  following.stop = stop;
  onTestFinished(stop);
  return following;
}
type Sink = { next(result: Result): void; error(error: unknown): void; complete(): void };

const headersOf = ({ authorization }: Asked): Record<string, string> => (authorization ? { authorization } : {});

/** Each transport with the client that people use for it. */
export const FOLLOW: Readonly<Record<'multipart' | 'sse' | 'websocket', Follow>> = {
  multipart: (url, asked) =>
    begin((sink) => {
      const link = new HttpLink({ uri: url, headers: headersOf(asked) });
      const client = new ApolloClient({ link, cache: new InMemoryCache() });
      const running = client
        .subscribe({
          query: gql(asked.query),
          ...(asked.variables && { variables: asked.variables }),
          fetchPolicy: 'no-cache',
          errorPolicy: 'all',
        })
        .subscribe({
          next: ({ data, error }) => sink.next({ data, errors: error && readErrors(error) }),
          error: (error) => sink.error(error),
          complete: () => sink.complete(),
        });
      return () => running.unsubscribe();
    }),
  sse: (url, asked) =>
    begin((sink) => {
      const client = createSseClient({ url, headers: headersOf(asked), retryAttempts: 0 });
      return client.subscribe({ query: asked.query, ...(asked.variables && { variables: asked.variables }) }, sink);
    }),
  websocket: (url, asked) =>
    begin((sink) => {
      const client = createSocketClient({
        url: url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: headersOf(asked),
      });
      onTestFinished(() => void client.dispose());
      return client.subscribe({ query: asked.query, ...(asked.variables && { variables: asked.variables }) }, sink);
    }),
};

const readErrors = (error: object): readonly unknown[] =>
  'errors' in error && Array.isArray(error.errors) ? error.errors : [error];

export const codesOf = ({ errors }: Following): unknown[] =>
  errors.flatMap((error) => {
    const { extensions, bodyText } = Object(error);
    // Apollo Client does not read what a refused response says.
    const told = bodyText === undefined ? [{ extensions }] : JSON.parse(bodyText).errors;
    return told.map((one: { extensions?: { code?: string } }) => one.extensions?.code);
  });
