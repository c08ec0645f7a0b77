import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@entrepot/database/free-port';
import { newClusterId } from './cluster-id.ts';
import { kafkaJars } from './kafka-jars.ts';

const START_LIMIT_MS = 30_000;
const ATTEMPTS = 3;
/** Below the folder. */
const DATA = 'data';
const STARTED = 'Kafka Server started';
/** For a process of minutes on a small machine: compiled quickly, collected by one thread. */
const JVM = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];
const LOGGING = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
];
/** Becomes java; a companion ends it when file 3, a pipe from us, is closed: by `stop`, or by whatever ends us. */
const DEAD_MANS_SWITCH = '(cat <&3 >/dev/null; kill -9 $$ 2>/dev/null) & exec 3<&-; exec java "$@"';

export type KafkaServer = { brokers: string; pid: number; stop(): Promise<void> };
export type KafkaUnavailable = { unavailable: string };
export type KafkaOptions = {
  /** Of the broker on 127.0.0.1; 0 takes any. */
  port?: number;
  /** Where its data stay; without one they are thrown away by `stop`. */
  dataDir?: string;
};

/** Starts a broker of one node (KRaft, no ZooKeeper) with a heap of 384 MB, or tells why it cannot. */
export async function startKafka({ port = 0, dataDir }: KafkaOptions = {}): Promise<KafkaServer | KafkaUnavailable> {
  const found = await kafkaJars();
  if ('unavailable' in found) return found;
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'entrepot-kafka-')));
  const clean = async () => {
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
  };
  let unavailable = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const outcome = await startOn(found.jars, folder, port || (await freePort()));
    if ('brokers' in outcome) {
      return {
        ...outcome,
        stop: async () => {
          await outcome.stop();
          await clean();
        },
      };
    }
    unavailable = outcome.unavailable;
    // Only a port of our own choice may be changed, and somebody else may have taken it since we looked.
    if (port !== 0 || !unavailable.includes('in use')) break;
  }
  await clean();
  return { unavailable };
}

async function startOn(jars: string, folder: string, port: number): Promise<KafkaServer | KafkaUnavailable> {
  const settings = join(folder, 'server.properties');
  await mkdir(folder, { recursive: true });
  await writeFile(settings, properties(folder, port, await freePort()));
  const classes = ['-cp', join(jars, '*')];
  try {
    await format(classes, settings, folder);
  } catch (error) {
    return { unavailable: `Kafka could not format ${folder}: ${error instanceof Error ? error.message : error}` };
  }
  const child = spawn(
    'sh',
    ['-c', DEAD_MANS_SWITCH, 'kafka', ...JVM, ...LOGGING, ...classes, 'kafka.Kafka', settings],
    {
      cwd: '/',
      // A group of its own: Ctrl-C in a terminal must not end it before those who use it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  );
  const unavailable = await untilReady(child);
  if (unavailable !== undefined) {
    await stop(child);
    return { unavailable };
  }
  return { brokers: `127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => stop(child) };
}

/** Makes the folder a broker's, unless it is one already. */
async function format(classes: readonly string[], settings: string, folder: string): Promise<void> {
  if (existsSync(join(folder, DATA, 'meta.properties'))) return;
  const command = ['kafka.tools.StorageTool', 'format', '-t', newClusterId(), '-c', settings];
  await promisify(execFile)('java', [...JVM, ...LOGGING, ...classes, ...command], { timeout: START_LIMIT_MS });
}

function properties(folder: string, port: number, controllerPort: number): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, DATA),
    // Every default of three copies would leave a single broker without its inner topics.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    'num.partitions': 6,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Undefined once it takes requests, else why it will not. */
function untilReady(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const settle = (outcome: string | undefined) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const timer = setTimeout(() => settle(`Kafka was not ready after ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-16_000);
      if (said.includes(STARTED)) settle(undefined);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', (error) => settle(error.message));
    child.once('exit', () => settle(`Kafka ended at once: ${reason(said)}`));
  });
}

function reason(said: string): string {
  const line = said.split('\n').find((text) => /Caused by|Exception|ERROR|FATAL/.test(text));
  return said.includes('Address already in use') ? 'its port is in use' : (line ?? said.slice(-500)).trim();
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(kill);
  }
  endGroup(child.pid);
  for (const pipe of child.stdio) pipe?.destroy();
}

/** Ends the companion, before its pipe is closed: the pid that it would kill then may be another's. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // There is nobody left in it.
  }
}
