import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CGROUP = '/sys/fs/cgroup/cpu';
const PERIOD_US = 20_000;

/** Whether this machine lets us hold processes to a quota: it needs root, and cgroups of the first version. */
export function canHoldToQuota(): boolean {
  try {
    accessSync(join(CGROUP, 'cpu.cfs_quota_us'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Holds each worker of a program, or the program itself when it has none, to a part of a core with all of its threads. Returns
 * what takes the quotas away, once the processes have ended.
 */
export function holdToQuota(pid: number, quota: number): () => void {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const groups = (children === '' ? [String(pid)] : children.split(' ')).map((worker) => {
    const group = join(CGROUP, `entrepot-bench-${worker}`);
    mkdirSync(group, { recursive: true });
    writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_US));
    writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quota * PERIOD_US));
    writeFileSync(join(group, 'cgroup.procs'), worker);
    return group;
  });
  return () => {
    for (const group of groups) remove(group);
  };
}

function remove(group: string): void {
  try {
    rmdirSync(group);
  } catch (error) {
    // A worker that outlives the others is no reason to lose what has been measured.
    console.error(`${group} is left: ${error}`);
  }
}
