import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const ENTRY = fileURLToPath(new URL('stopping-process.ts', import.meta.url));

function startProcess(...flags: string[]) {
  const child = fork(ENTRY, flags, { silent: true, execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('the process has no output');
  const messages: Record<string, unknown>[] = [];
  const lines = createInterface({ input: stdout });
  lines.on('line', (line) => messages.push(JSON.parse(line)));
  const message = async (text: string) => {
    for (;;) {
      const found = messages.find((line) => line.message === text);
      if (found) return found;
      await once(lines, 'line');
    }
  };
  return { child, stderr, message, exit: once(child, 'exit') };
}

describe('a process', () => {
  it('finishes what it runs after SIGTERM, passes over a step that fails or hangs, and exits with 0', async () => {
    const { child, message, exit } = startProcess();
    const { url } = await message('listening');
    const running = fetch(String(url));
    await message('running');
    child.kill('SIGTERM');
    expect(await (await running).text()).toBe('done');
    expect(await exit).toEqual([0, null]);
  });

  it('takes Ctrl-C, the SIGTERM of its launcher and the launcher’s end for one wish', async () => {
    const { child, message, exit } = startProcess();
    const { url } = await message('listening');
    const running = fetch(String(url));
    await message('running');
    child.kill('SIGINT');
    // As npm sends it on.
    child.kill('SIGINT');
    child.kill('SIGTERM');
    child.disconnect();
    expect(await (await running).text()).toBe('done');
    expect(await exit).toEqual([0, null]);
  });

  it('exits with 1 when it is told the same a second time', async () => {
    const { child, message, exit } = startProcess('--stuck');
    await message('told how to stop');
    child.kill('SIGTERM');
    await message('stopping');
    const again = setInterval(() => child.kill('SIGTERM'), 50);
    expect(await exit).toEqual([1, null]);
    clearInterval(again);
  });

  it('stops when its launcher is gone', async () => {
    const { child, message, exit } = startProcess();
    await message('told how to stop');
    child.disconnect();
    expect(await exit).toEqual([0, null]);
  });

  it('that cannot start says why in one line, and exits with 1', async () => {
    const { stderr, exit } = startProcess('--broken');
    const chunks: string[] = [];
    stderr.on('data', (chunk) => chunks.push(String(chunk)));
    expect(await exit).toEqual([1, null]);
    expect(chunks.join('')).toBe('test cannot start: the configuration is wrong\n');
  });
});
