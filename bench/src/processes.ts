import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: Linux reports CPU times in hundredths of a second whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

export type Usage = { cpuS: number; memoryMiB: number };

/**
 * CPU time and memory of a process and everything below it, from /proc (Linux only). CPU counts children that have
 * ended and been waited for, as PostgreSQL's backends are. Memory is the proportional set size, so that PostgreSQL's
 * shared buffers are counted once and not once a backend.
 */
export function usageOf(pid: number): Usage {
  const table = readProcesses();
  const pids = [pid, ...below(pid, table)];
  const cpuS = pids.reduce((sum, id) => sum + (table.get(id)?.cpuS ?? 0), 0);
  return { cpuS, memoryMiB: pids.reduce((sum, id) => sum + proportionalMiB(id), 0) };
}

/** The most memory that the process and those below it have had, each counted by itself. */
export function peakMemoryMiB(pid: number): number {
  const kib = [pid, ...below(pid, readProcesses())].map(
    (id) => /^VmHWM:\s+(\d+) kB/m.exec(readIfAlive(`/proc/${id}/status`) ?? '')?.[1],
  );
  return kib.reduce((sum, value) => sum + Number(value ?? 0), 0) / 1024;
}

type Row = { parent: number; cpuS: number };

function readProcesses(): Map<number, Row> {
  const rows = new Map<number, Row>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readIfAlive(`/proc/${name}/stat`);
    if (stat === undefined) continue;
    // The command name may hold spaces and brackets; the fields after its last bracket do not (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [, parent = '0'] = fields;
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
    rows.set(Number(name), { parent: Number(parent), cpuS: ticks / TICKS_PER_SECOND });
  }
  return rows;
}

function below(pid: number, table: ReadonlyMap<number, Row>): number[] {
  return [...table].flatMap(([id, { parent }]) => (parent === pid ? [id, ...below(id, table)] : []));
}

function proportionalMiB(pid: number): number {
  const rollup = readIfAlive(`/proc/${pid}/smaps_rollup`);
  const kib = /^Pss:\s+(\d+) kB/m.exec(rollup ?? '')?.[1];
  return Number(kib ?? 0) / 1024;
}

function readIfAlive(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
