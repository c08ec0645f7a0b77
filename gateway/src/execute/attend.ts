import type { Meeting } from '../plan/meetings.ts';
import type { Run } from './run.ts';

type Start = () => Promise<void> | undefined;

/** Who of a meeting is still missing in one run, and who waits for them. */
export type Attendance = {
  missing: number;
  waiting: (() => void)[];
  /** By the clock of `performance`: when those who wait go on without the others. */
  patientUntil: number;
};

const MIN_PATIENCE_MS = 5;
/** Times what it would take if every request took as long as those before it have taken. */
const PATIENCE = 2;

/** Starts a fetch in the moment in which the last of its meeting is ready, or when that takes too long. */
export function attend(run: Run, meeting: Meeting, start: Start): Promise<void> | undefined {
  const attendance = attendanceOf(run, meeting);
  attendance.missing--;
  if (attendance.missing <= 0) {
    begin(attendance);
    return start();
  }
  return new Promise((resolve, reject) => {
    attendance.waiting.push(() => {
      try {
        resolve(start());
      } catch (error) {
        reject(error);
      }
    });
    if (attendance.waiting.length === 1) watch(attendance, patienceOf(run, meeting));
  });
}

/** Tells the others that this one has nothing to ask. */
export function stayAway(run: Run, meeting: Meeting): void {
  const attendance = attendanceOf(run, meeting);
  attendance.missing--;
  if (attendance.missing === 0) begin(attendance);
}

function attendanceOf({ attendances }: Run, { index, size }: Meeting): Attendance {
  const known = attendances[index];
  if (known) return known;
  const fresh: Attendance = { missing: size, waiting: [], patientUntil: 0 };
  attendances[index] = fresh;
  return fresh;
}

function begin(attendance: Attendance): void {
  watched.delete(attendance);
  const { waiting } = attendance;
  attendance.waiting = [];
  for (const go of waiting) go();
}

/** Where somebody waits, in all runs. One timer looks after them: almost all have gone by then, and one for each was dear. */
const watched = new Set<Attendance>();
const LOOK_EVERY_MS = 5;
let isLooking = false;

function watch(attendance: Attendance, patienceMs: number): void {
  attendance.patientUntil = performance.now() + patienceMs;
  watched.add(attendance);
  lookLater();
}

function lookLater(): void {
  if (!isLooking) setTimeout(look, LOOK_EVERY_MS);
  isLooking = true;
}

function look(): void {
  isLooking = false;
  const now = performance.now();
  for (const attendance of watched) {
    if (attendance.patientUntil > now) continue;
    // Who comes later finds nobody to wait for.
    attendance.missing = 0;
    begin(attendance);
  }
  if (watched.size > 0) lookLater();
}

/** A subgraph that hangs must not hold up for long what does not need it. */
function patienceOf({ began }: Run, { level, earliest }: Meeting): number {
  const elapsed = performance.now() - began;
  const expected = (elapsed * level) / Math.max(1, earliest);
  return Math.max(MIN_PATIENCE_MS, PATIENCE * expected - elapsed);
}
