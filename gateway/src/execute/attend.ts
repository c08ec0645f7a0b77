import type { Meeting } from '../plan/meetings.ts';
import type { Run } from './run.ts';

type Start = () => Promise<void> | undefined;

/** Who of a meeting is still missing in one run, and who waits for them. */
export type Attendance = {
  missing: number;
  waiting: (() => void)[];
  timer: NodeJS.Timeout | undefined;
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
    attendance.timer ??= setTimeout(
      () => {
        // Who comes later finds nobody to wait for.
        attendance.missing = 0;
        begin(attendance);
      },
      patienceOf(run, meeting),
    );
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
  const fresh: Attendance = { missing: size, waiting: [], timer: undefined };
  attendances[index] = fresh;
  return fresh;
}

function begin(attendance: Attendance): void {
  clearTimeout(attendance.timer);
  attendance.timer = undefined;
  const { waiting } = attendance;
  attendance.waiting = [];
  for (const go of waiting) go();
}

/** A subgraph that hangs must not hold up for long what does not need it. */
function patienceOf({ began }: Run, { level, earliest }: Meeting): number {
  const elapsed = performance.now() - began;
  const expected = (elapsed * level) / Math.max(1, earliest);
  return Math.max(MIN_PATIENCE_MS, PATIENCE * expected - elapsed);
}
