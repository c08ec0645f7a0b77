import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { asOwner } from '../src/unprivileged.ts';

const isRoot = process.getuid?.() === 0;

it.runIf(isRoot)(
  'runs a program as nobody that finds, by access(2) too, what lies in a folder closed to all but root',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'entrepot-private-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await chmod(folder, 0o700);
    const program = join(folder, 'program');
    await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
    const { R_OK, X_OK } = await import('node:fs').then(({ constants }) => constants);
    const script = `fs.accessSync(${JSON.stringify(program)}, ${R_OK | X_OK}); console.log(process.getuid())`;
    const [command = '', ...args] = asOwner({ uid: 65_534, gid: 65_534 }, process.execPath, ['-e', script]);
    expect(execFileSync(command, args, { encoding: 'utf8' }).trim()).toBe('65534');
  },
);
