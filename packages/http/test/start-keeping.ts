import { Fault } from '@entrepot/kernel/fault';
import { expect } from 'vitest';
import type { Later } from '../src/before-parser.ts';
import { echo, openAsking, request, textOf } from './asking.ts';
import { start } from './start.ts';

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
    upgrade: echo,
  });
  const { socket, ask } = openAsking(server.port, (text) => text.endsWith('>'));
  /** What has once been answered by something kept, and then been read once more, is answered unread. */
  const warmUp = async () => {
    const [answer] = [await ask(request('kept')), await ask(request('kept'))];
    expect([state.read.splice(0), state.unread]).toEqual([['kept', 'kept'], []]);
    return answer;
  };
  return { ...server, state, socket, ask, warmUp };
}

/** Without what is another each second. */
export const undated = (answers: string[] | undefined) => answers?.map((text) => text.replace(/\r\nDate: .*/, ''));
