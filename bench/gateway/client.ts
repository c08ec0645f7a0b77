import { isDeepStrictEqual } from 'node:util';
import { Pool } from 'undici';
import type { Shape, ShapeOperation } from './shapes/shape.ts';
import { createOracle } from './supergraph.ts';

const TIMEOUT_MS = 30_000;
/** Bodies that have been found right, so that most are compared byte by byte and not parsed. */
const MAX_RIGHT = 16;
const MAX_EXTENSIONS_BYTES = 512;

export type Asked = {
  readonly body: string;
  isRight(answer: Buffer): boolean /** Where an answer differs from the right one. */;
  wrong(answer: Buffer): string | undefined;
};

/** The operations as request bodies, each with the judgement of its answers. */
export function prepareOperations(shape: Shape, operations: readonly ShapeOperation[] = shape.operations): Asked[] {
  const oracle = createOracle(shape);
  return operations.map((operation) => {
    const expected = oracle(operation);
    const right: Buffer[] = [];
    const wrong = (answer: Buffer) => {
      const { data, errors } = JSON.parse(answer.toString('utf8'));
      return errors === undefined
        ? difference(data, expected, 'data')
        : `errors ${JSON.stringify(errors).slice(0, 500)}`;
    };
    return {
      body: JSON.stringify(operation),
      wrong,
      isRight(answer) {
        const said = withoutExtensions(answer);
        if (right.some((known) => known.equals(said))) return true;
        if (wrong(answer) !== undefined) return false;
        if (right.length < MAX_RIGHT) right.push(said);
        return true;
      },
    };
  });
}

/** Ours tells in `extensions` at the end what is left of a budget, so no two answers are alike to the last byte. */
function withoutExtensions(answer: Buffer): Buffer {
  const end = answer.subarray(-MAX_EXTENSIONS_BYTES).lastIndexOf(',"extensions":{"cost":');
  return end === -1 ? answer : answer.subarray(0, Math.max(0, answer.length - MAX_EXTENSIONS_BYTES) + end);
}

/** The first place where two values differ. */
function difference(actual: unknown, expected: unknown, place: string): string | undefined {
  if (isDeepStrictEqual(actual, expected)) return undefined;
  if (isObject(actual) && isObject(expected))
    for (const [name, value] of Object.entries(expected)) {
      const found = difference(new Map(Object.entries(actual)).get(name), value, `${place}.${name}`);
      if (found !== undefined) return found;
    }
  return `${place} is ${JSON.stringify(actual)?.slice(0, 100)} and not ${JSON.stringify(expected)?.slice(0, 100)}`;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

export type GatewayClient = {
  /** Whether the answer is the right one. */
  ask(asked: Asked, authorization: string | undefined): Promise<boolean>;
  send(asked: Asked, authorization: string | undefined): Promise<{ status: number; body: Buffer }>;
  close(): Promise<void>;
};

export function createGatewayClient(url: string, connections: number): GatewayClient {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const send: GatewayClient['send'] = (asked, authorization) =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let status = 0;
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(authorization !== undefined && { authorization }),
      };
      pool.dispatch(
        { path: pathname, method: 'POST', headers, body: asked.body },
        {
          onRequestStart() {},
          onResponseStart(_, statusCode) {
            status = statusCode;
          },
          onResponseData(_, chunk) {
            chunks.push(chunk);
          },
          onResponseEnd() {
            resolve({ status, body: Buffer.concat(chunks) });
          },
          onResponseError(_, error) {
            reject(error);
          },
        },
      );
    });
  return {
    send,
    async ask(asked, authorization) {
      const { status, body } = await send(asked, authorization);
      return status === 200 && asked.isRight(body);
    },
    close: () => pool.destroy(),
  };
}
