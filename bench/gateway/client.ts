import { isDeepStrictEqual } from 'node:util';
import type { Sink } from '../src/answer-reader.ts';
import { createRightAnswers, type RightAnswers } from '../src/right-answers.ts';
import { type HttpConnection, openConnection } from './http-connection.ts';
import type { Shape, ShapeOperation } from './shapes/shape.ts';
import { createOracle } from './supergraph.ts';

export type Asked = RightAnswers & {
  readonly body: string;
  /** Where an answer differs from the right one. */
  wrong(answer: Buffer): string | undefined;
};

/** The operations as request bodies, each with the judgement of its answers. */
export function prepareOperations(shape: Shape, operations: readonly ShapeOperation[] = shape.operations): Asked[] {
  const oracle = createOracle(shape);
  return operations.map((operation) => {
    const expected = oracle(operation);
    const wrong = (answer: Buffer) => {
      const { data, errors } = JSON.parse(answer.toString('utf8'));
      return errors === undefined
        ? difference(data, expected, 'data')
        : `errors ${JSON.stringify(errors).slice(0, 500)}`;
    };
    return { body: JSON.stringify(operation), wrong, ...createRightAnswers((answer) => wrong(answer) === undefined) };
  });
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
  /** What the first request got that failed. */
  firstFailure(): string | undefined;
  /** Whether the answer is the right one. */
  ask(asked: Asked, authorization: string | undefined): Promise<boolean>;
  send(asked: Asked, authorization: string | undefined): Promise<{ status: number; body: Buffer }>;
  close(): void;
};

/** Opens a connection whenever all others have something to do. */
export function createGatewayClient(url: string): GatewayClient {
  const { host, hostname, port, pathname } = new URL(url);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\ncontent-type: application/json\r\naccept: application/json\r\n`;
  const idle: HttpConnection[] = [];
  const opened: HttpConnection[] = [];
  const open = async () => {
    const connection = await openConnection(hostname, Number(port));
    opened.push(connection);
    return connection;
  };
  const takeIdle = () => {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) if (last.isOpen()) return last;
    return undefined;
  };
  const exchange = async ({ body }: Asked, authorization: string | undefined, sink: Sink): Promise<number> => {
    const connection = takeIdle() ?? (await open());
    const identity = authorization === undefined ? '' : `authorization: ${authorization}\r\n`;
    const request = `${head}${identity}content-length: ${body.length}\r\n\r\n${body}`;
    const status = await connection.exchange(request, sink);
    if (connection.isOpen()) idle.push(connection);
    return status;
  };
  let failure: string | undefined;
  return {
    firstFailure: () => failure,
    async send(asked, authorization) {
      const parts: Buffer[] = [];
      const status = await exchange(asked, authorization, { take: (part) => parts.push(Buffer.from(part)) });
      return { status, body: Buffer.concat(parts) };
    },
    async ask(asked, authorization) {
      const judge = asked.judge();
      const status = await exchange(asked, authorization, judge).catch((error: unknown) => String(error));
      if (status === 200 && judge.isRight()) return true;
      failure ??= `${status} ${judge.answer().toString('utf8').slice(0, 300)}`;
      return false;
    },
    close() {
      for (const connection of opened) connection.close();
    },
  };
}
