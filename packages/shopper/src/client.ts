import { Pool } from 'undici';
import { z } from 'zod';

const Answer = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
        extensions: z.object({ code: z.string().optional() }).loose().optional(),
      }),
    )
    .optional(),
});

/** The endpoint answered with GraphQL errors, or with no GraphQL at all. */
export class RequestFailed extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type Variables = Readonly<Record<string, unknown>>;
export type Client = {
  /** Sends one operation and checks the data against `schema`; throws RequestFailed when there are errors. */
  ask<T>(operation: string, variables: Variables, schema: z.ZodType<T>, token?: string): Promise<T>;
  /** Sends one operation and reads the answer without looking into it: the cheapest way to make load. */
  send(
    operation: string,
    variables: Variables,
    token?: string,
  ): Promise<{ status: number; bytes: number; failed: boolean }>;
  close(): Promise<void>;
};

/** A GraphQL client over `connections` keep-alive connections; a request waits at most `timeoutMs` for its answer. */
export function createClient(url: string, { connections = 16, timeoutMs = 30_000 } = {}): Client {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  const post = (operation: string, variables: Variables, token?: string) =>
    pool.request({
      path: pathname,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query: operation, operationName: nameOf(operation), variables }),
    });
  return {
    async ask(operation, variables, schema, token) {
      const { statusCode, body } = await post(operation, variables, token);
      const { data, errors } = Answer.parse(await body.json());
      const [first] = errors ?? [];
      if (first)
        throw new RequestFailed(
          first.extensions?.code ?? `HTTP_${statusCode}`,
          `${first.message} at ${first.path?.join('.')}`,
        );
      return schema.parse(data);
    },
    async send(operation, variables, token) {
      const { statusCode, body } = await post(operation, variables, token);
      const bytes = await body.bytes();
      // GraphQL reports errors before data or after it, but always under this key at the top level.
      const failed =
        statusCode !== 200 || Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('"errors":[');
      return { status: statusCode, bytes: bytes.length, failed };
    },
    close: () => pool.close(),
  };
}

/** The operation's name is what the shop's metrics count it under. */
const nameOf = (operation: string) => /^\s*(?:query|mutation)\s+(\w+)/.exec(operation)?.[1];
