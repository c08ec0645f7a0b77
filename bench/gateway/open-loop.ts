import { setTimeout as sleep } from 'node:timers/promises';
import type { FloodClient } from './flood-client.ts';

export type Question = { readonly body: string; isRight(answer: Buffer): boolean };
type Named = { readonly name: string; readonly questions: readonly Question[]; readonly perSecond: number };

export type Told = {
  name: string;
  sent: number;
  good: number;
  late: number;
  refused: number;
  failed: number;
  goodMs: number[];
  refusedMs: number[];
};

export type OpenLoop = { client: FloodClient; bytesOf: (body: string) => Buffer; patienceMs: number };

const STEP_MS = 1;

/** Sends so many a second, whatever has become of those before. Time counts from when a request was due. */
export async function openLoop({ client, bytesOf, patienceMs }: OpenLoop, load: Named, seconds: number): Promise<Told> {
  const { name, questions, perSecond } = load;
  const told: Told = { name, sent: 0, good: 0, late: 0, refused: 0, failed: 0, goodMs: [], refusedMs: [] };
  const running = new Set<Promise<void>>();
  const send = async (question: Question) => {
    const began = performance.now();
    try {
      const { status, body } = await client.send(bytesOf(question.body));
      const ms = performance.now() - began;
      if (status === 503) {
        told.refused++;
        told.refusedMs.push(ms);
      } else if (status !== 200 || !question.isRight(body)) told.failed++;
      else if (ms > patienceMs) told.late++;
      else {
        told.good++;
        told.goodMs.push(ms);
      }
    } catch {
      told.failed++;
    }
  };
  const began = performance.now();
  while (performance.now() - began < seconds * 1_000) {
    const due = ((performance.now() - began) / 1_000) * perSecond;
    for (; told.sent < due; told.sent++) {
      const question = questions[told.sent % questions.length];
      if (!question) continue;
      const sent = send(question).finally(() => running.delete(sent));
      running.add(sent);
    }
    await sleep(STEP_MS);
  }
  await Promise.all(running);
  return told;
}

/** One question after the other on each connection. How many right answers there were. */
export async function closedLoop(
  { client, bytesOf }: OpenLoop,
  questions: readonly Question[],
  connections: number,
  seconds: number,
): Promise<number> {
  const until = performance.now() + seconds * 1_000;
  let right = 0;
  const ask = async (first: number) => {
    for (let turn = first; performance.now() < until; turn++) {
      const question = questions[turn % questions.length];
      if (!question) return;
      const { status, body } = await client.send(bytesOf(question.body));
      if (status === 200 && question.isRight(body)) right++;
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, first) => ask(first)));
  return right;
}

export function print(title: string, all: readonly Told[], seconds: number): void {
  console.log(title);
  for (const { name, sent, good, late, refused, failed, goodMs, refusedMs } of all)
    console.log(
      `  ${name}: ${perSecond(sent, seconds)} sent, ${perSecond(good, seconds)} good (p50 ${at(goodMs, 0.5)} p99 ${at(goodMs, 0.99)} ms), ` +
        `${perSecond(refused, seconds)} refused (p50 ${at(refusedMs, 0.5)} p90 ${at(refusedMs, 0.9)} p99 ${at(refusedMs, 0.99)} ms) a second; ${late} late, ${failed} failed`,
    );
}

const perSecond = (count: number, seconds: number) => (count / seconds).toFixed(0);
const at = (values: readonly number[], part: number) =>
  (values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0).toFixed(1);
