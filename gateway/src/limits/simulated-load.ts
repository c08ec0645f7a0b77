import { type AdmissionOptions, createAdmission, type Priority } from './admission.ts';
import type { Release } from './lane.ts';

type Load = { readonly priority: Priority; readonly kind: string; readonly perSecond: number; readonly workMs: number };
export type Phase = { readonly forMs: number; readonly load: readonly Load[] };

/** How many were asked for, and how it ended for them: in time for somebody who still waits, later, or refused. */
export type Count = { asked: number; good: number; late: number; refused: number; latencies: number[] };
type Job = { readonly count: Count; readonly began: number; left: number; readonly release: Release };

type Counts = Record<Priority, Count> & { /** How much ran, at each millisecond. */ inHand: number[] };
/** `pieceMs`: the work is done on the event loop itself, which does so much of each job in one turn. */
type Limits = { readonly parallel: number; readonly pieceMs?: number };

/** So much work is done at once; more of it only makes each piece slower, and all of it a little. */
export const PARALLEL = 16;
export const THRASHING = 400;
const PATIENCE_MS = 2_000;

/**
 * A gateway and its services as a queue on a simulated clock, one millisecond a step: what admission lets in shares what can be
 * done. Each phase is counted by priority.
 */
export async function simulate(
  seed: number,
  phases: readonly Phase[],
  over: Partial<AdmissionOptions> = {},
  { parallel, pieceMs = 0 }: Limits = { parallel: PARALLEL },
): Promise<Counts[]> {
  const random = createRandom(seed);
  let at = 0;
  const jobs = new Set<Job>();
  const admission = createAdmission({
    maxRunning: 1_000,
    maxWaiting: 1_000,
    maxWaitMs: 2_000,
    onRefused: () => {},
    now: () => at,
    ...over,
  });

  const arrive = ({ priority, kind, workMs }: Load, count: Count) => {
    const began = at;
    const work = workMs * (0.5 + random());
    count.asked++;
    admission.admit(priority, kind).then(
      (release) => jobs.add({ count, began, left: work, release }),
      () => count.refused++,
    );
  };

  const work = () => {
    const share = Math.min(1, parallel / jobs.size) / (1 + jobs.size / THRASHING);
    for (const job of [...jobs]) {
      job.left -= share;
      if (job.left > 0) continue;
      jobs.delete(job);
      const took = at - job.began;
      job.count.latencies.push(took);
      if (took <= PATIENCE_MS) job.count.good++;
      else job.count.late++;
      job.release('done');
    }
  };

  /** Of the last tenth of a second, in ms. */
  let busy = 0;
  const load = () => {
    const utilization = pieceMs === 0 ? 0 : busy / 100;
    busy = 0;
    return { lagMs: (pieceMs * jobs.size) / 2, utilization };
  };

  const counts: Counts[] = [];
  for (const { forMs, load: loads } of phases) {
    const count = { checkout: empty(), browse: empty(), background: empty(), inHand: [] as number[] };
    counts.push(count);
    for (const end = at + forMs; at < end; at++) {
      for (const each of loads)
        for (let due = each.perSecond / 1_000; due > random(); due--) arrive(each, count[each.priority]);
      if (jobs.size >= parallel) busy++;
      count.inHand.push(jobs.size);
      work();
      if (at % 100 === 0) admission.tick(load());
      // Those who were let in or refused learn it by promises.
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
    }
  }
  return counts;
}

const empty = (): Count => ({ asked: 0, good: 0, late: 0, refused: 0, latencies: [] });

/** Mulberry32: small, and the same everywhere for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
