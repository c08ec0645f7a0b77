import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@entrepot/database/free-port';
import { startKafka } from '@entrepot/servers/kafka';
import { expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../src/servers.ts';

const TIMEOUT = { timeout: 90_000 };
const WAIT = { timeout: 10_000, interval: 50 };

// Where `npm test` could start a broker, these can start theirs.
describeWith('kafka', 'a broker of our own', () => {
  it('keeps its data in the folder it is given, and leaves nothing running', TIMEOUT, async () => {
    const dataDir = await temporaryFolder();
    const options = { dataDir, port: await freePort() };
    const first = await start(options);
    expect(first.brokers).toBe(`127.0.0.1:${options.port}`);
    const clusterId = await readClusterId(dataDir);
    await first.stop();
    expect(await isRunning(first.pid)).toBe(false);

    const second = await start(options);
    expect(await readClusterId(dataDir)).toBe(clusterId);
    await second.stop();
    await second.stop();
  });

  it('is ended by whatever ends the process that started it', TIMEOUT, async () => {
    const folder = await temporaryFolder();
    const child = spawn(process.execPath, [fileURLToPath(new URL('kafka-process.ts', import.meta.url))], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const pid = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
    expect(await isRunning(pid)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => isRunning(pid), WAIT).toBe(false);
  });

  it('tells that its port is taken', TIMEOUT, async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    onTestFinished(() => void other.close());
    expect(await startKafka({ port })).toEqual({ unavailable: 'Kafka ended at once: its port is in use' });
  });
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'entrepot-kafka-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

async function start(options: { dataDir: string; port: number }) {
  const broker = await startKafka(options);
  if ('unavailable' in broker) throw new Error(broker.unavailable);
  onTestFinished(() => broker.stop());
  return broker;
}

async function readClusterId(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, 'data', 'meta.properties'), 'utf8');
  return /^cluster\.id=(.+)$/m.exec(text)?.[1];
}

/** Not counting a process that has ended and is only not waited for yet. */
async function isRunning(pid: number): Promise<boolean> {
  if (!existsSync(`/proc/${pid}`)) return false;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tX');
  return !/^State:\t[ZX]/m.test(status);
}
