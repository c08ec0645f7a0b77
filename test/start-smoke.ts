import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { z } from 'zod';

/**
 * Does what a newcomer does, as one program: `npm start` in this clone, a look at the endpoint and the landing page,
 * Ctrl-C, and the same again on the data left behind, ended as a supervisor ends npm. Exits 1 with one sentence when any of it is not as promised.
 */
const root = resolve(import.meta.dirname, '..');
const Catalogue = z.object({
  data: z
    .object({
      products: z.object({
        totalCount: z.number(),
        nodes: z.array(z.object({ variants: z.array(z.object({ sku: z.string() })) })),
      }),
    })
    .optional(),
  errors: z.unknown().optional(),
});
/** How long the parts may take to stop: each finishes what is running. */
const STOP_LIMIT_MS = 20_000;
const READY = /is ready after ([\d.]+) s/;

type Run = { child: ChildProcess; output: () => string; readyAfterS: number; url: string };

async function start(limitS: number): Promise<Run> {
  const ports = { PORT: '0', USERS_PORT: '0', PRODUCTS_PORT: '0', ORDERS_PORT: '0', POSTGRES_PORT: '0' };
  const began = Date.now();
  // A group of its own, so that the Ctrl-C below reaches npm and the launcher as it would from a terminal.
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, ...ports },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  while (!READY.test(output)) {
    if (child.exitCode !== null) throw new Error(`npm start ended with exit code ${child.exitCode}:\n${output}`);
    if (Date.now() - began > limitS * 1000 * 4)
      throw new Error(`npm start was not ready after ${limitS * 4} s:\n${output}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
  const readyAfterS = (Date.now() - began) / 1000;
  const url = /GraphQL endpoint\s+(\S+)/.exec(output)?.[1];
  if (url === undefined) throw new Error(`npm start told no address:\n${output}`);
  return { child, output: () => output, readyAfterS, url };
}

async function products(url: string): Promise<{ count: number; first: string }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query:
        '{ products(first: 3) { totalCount nodes { name variants { sku available price { amount currencyCode } } } } }',
    }),
  });
  const { data, errors } = Catalogue.parse(await answer.json());
  const [product] = data?.products.nodes ?? [];
  const sku = product?.variants[0]?.sku;
  if (!data || sku === undefined || data.products.totalCount < 1_000)
    throw new Error(`no catalogue: ${JSON.stringify(errors ?? data)}`);
  return { count: data.products.totalCount, first: sku };
}

/** From a terminal a signal reaches npm and the launcher; from a supervisor npm alone. */
const ENDS = {
  'Ctrl-C': (npm: number) => process.kill(-npm, 'SIGINT'),
  'SIGTERM to npm': (npm: number) => process.kill(npm, 'SIGTERM'),
} as const;
type End = keyof typeof ENDS;

async function stop({ child, output }: Run, end: End): Promise<void> {
  const mine = descendants(child.pid ?? 0);
  if (mine.length < 5)
    throw new Error(`expected PostgreSQL, three services and a gateway, found ${mine.length} processes`);
  ENDS[end](child.pid ?? 0);
  if (child.exitCode === null)
    await Promise.race([once(child, 'exit'), rejectAfter(30_000, () => `${end} did not end npm start:\n${output()}`)]);
  // npm itself may be gone a moment before the launcher that it started, which stops the parts in order.
  let left = mine.filter(isAlive);
  for (const began = Date.now(); left.length > 0 && Date.now() - began < STOP_LIMIT_MS; left = left.filter(isAlive))
    await new Promise((wake) => setTimeout(wake, 50));
  if (left.length > 0) throw new Error(`${end} left ${left.length} processes running: ${left.join(', ')}`);
}

function descendants(pid: number): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] => rows.flatMap(([id = 0, of]) => (of === parent ? [id, ...below(id)] : []));
  return below(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const rejectAfter = (ms: number, message: () => string) =>
  new Promise<never>((_, reject) => setTimeout(() => reject(new Error(message())), ms).unref());

async function smoke(limitS: number, label: string, end: End): Promise<{ count: number; first: string }> {
  const run = await start(limitS);
  try {
    const found = await products(run.url);
    const page = await fetch(run.url, { headers: { accept: 'text/html' } });
    if (!page.ok || !(await page.text()).includes('andbox'))
      throw new Error('the endpoint shows a browser no Apollo Sandbox');
    console.log(`${label}: ready after ${run.readyAfterS.toFixed(1)} s, ${found.count} products`);
    if (run.readyAfterS > limitS)
      throw new Error(`${label} took ${run.readyAfterS.toFixed(1)} s, more than ${limitS} s`);
    return found;
  } finally {
    await stop(run, end);
  }
}

const first = await smoke(30, 'first start', 'Ctrl-C');
const second = await smoke(10, 'second start', 'SIGTERM to npm');
if (first.count !== second.count || first.first !== second.first) throw new Error('the data did not survive a restart');
