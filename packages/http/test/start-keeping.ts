import type { IncomingMessage } from 'node:http';
import { Fault } from '@entrepot/kernel/fault';
import { expect } from 'vitest';
import type { Later } from '../src/before-parser.ts';
import { openSocket, start } from './start.ts';

export const request = (body: string, { path = '/', headers = '' } = {}) =>
  `POST ${path} HTTP/1.1\r\nhost: here\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** A server that has answers to all that begins with `kept`, read or unread. */
export async function startKeeping(options: { drainMs?: number; readyDrainMs?: number } = {}) {
  const state = {
    isKept: true,
    text: 'answer',
    /** Whether the way takes its time, and whom it has to tell. */
    isLong: false,
    laters: [] as Later[],
    ways: 0,
    unread: [] as string[],
    read: [] as string[],
  };
  const server = await start({
    ...options,
    handle: async (request, response, follow) => {
      const text = await textOf(request);
      state.read.push(text);
      if (text.startsWith('kept')) follow(response);
      const body = `<${state.text} to ${text}>`;
      response.writeHead(200, { 'x-kept': 'yes', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    },
    unread: {
      paths: new Set(['/']),
      refusals: {
        isNeeded: () => false,
        mayRefuse: () => false,
        fault: new Fault('OVERLOADED', 'not now'),
        onRefused: () => {},
      },
      wayTo({ body }) {
        const text = body.toString();
        if (!text.startsWith('kept')) return undefined;
        state.ways++;
        const find = () => {
          if (!state.isKept) return undefined;
          state.unread.push(text);
          return { status: 200, head: 'x-kept: yes\r\n', body: Buffer.from(`<${state.text} to `), tail: `${text}>` };
        };
        return (later) => {
          if (!state.isLong) return find();
          state.laters.push(() => later(find()));
          return 'later';
        };
      },
    },
    upgrade: (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n');
      socket.on('data', (chunk: Buffer) => socket.write(`echo ${chunk}`));
    },
  });
  const socket = openSocket(server.port);
  /** Sends bytes and waits for so many answers in all. */
  let answers = 0;
  const ask = async (bytes: string, more = 1) => {
    socket.send(bytes);
    answers += more;
    const seen = (text: string) => text.split('HTTP/1.1 ').length - 1;
    return (await socket.until((text) => seen(text) === answers && text.endsWith('>'))).split('HTTP/1.1 ').slice(-more);
  };
  /** What has once been answered by something kept, and then been read once more, is answered unread. */
  const warmUp = async () => {
    const [answer] = [await ask(request('kept')), await ask(request('kept'))];
    expect([state.read.splice(0), state.unread]).toEqual([['kept', 'kept'], []]);
    return answer;
  };
  return { ...server, state, socket, ask, warmUp };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

/** Without what is another each second. */
export const undated = (answers: string[] | undefined) => answers?.map((text) => text.replace(/\r\nDate: .*/, ''));
