import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { databaseUrl } from '../config.ts';
import { migrationAdapter } from './adapter.ts';
import { type Engine, openEngine } from './wasm.ts';

/**
 * Stands in for Prisma's native schema engine: the CLI starts it and speaks JSON-RPC 2.0 with it, a message a line, over
 * stdin and stdout. It holds the same engine as WASM, so that no command of Prisma has to download anything.
 */
const SERVER_ERROR = 4466;

type Request = { id?: unknown; method?: string; params?: unknown };

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: { datasource: { type: 'string' } },
    // The CLI passes more than we need.
    strict: false,
    allowPositionals: true,
  });
  // `schema-engine cli can-connect-to-database`: the CLI asks before it migrates; the migration itself says it better.
  if (positionals.includes('cli')) return;
  const url = urlOf(values.datasource) ?? databaseUrl();
  const adapter = url === undefined ? undefined : migrationAdapter(url);
  let engine: Promise<Engine> | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params }: Request = JSON.parse(line);
    if (method === undefined) continue;
    try {
      if (adapter === undefined) throw new Error('no database URL: set it in prisma.config.ts or DATABASE_URL');
      engine ??= openEngine(adapter.factory, (message) => process.stderr.write(`${message}\n`));
      const result = await (await engine).call(method, params);
      // `migrate diff` prints its script through a call back to the CLI.
      const printed = method === 'diff' ? stdoutOf(result) : undefined;
      if (printed) send({ id: 0, method: 'print', params: { content: printed } });
      send({ id, result: result ?? null });
    } catch (error) {
      await adapter?.dropShadows().catch(() => {});
      const message = error instanceof Error ? error.message : String(error);
      send({ id, error: { code: SERVER_ERROR, message, data: { is_panic: false, message } } });
    }
  }
  // The CLI is gone. The engine keeps connections open that would keep us alive.
  await adapter?.dropShadows().catch(() => {});
  process.exit(0);
}

const send = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

/** The CLI gives the datasource as JSON: `{"url": "postgres://…"}`. */
function urlOf(datasource: unknown): string | undefined {
  if (typeof datasource !== 'string') return undefined;
  const parsed: unknown = JSON.parse(datasource);
  const url = typeof parsed === 'object' && parsed !== null && 'url' in parsed ? parsed.url : undefined;
  return typeof url === 'string' ? url : undefined;
}

function stdoutOf(result: unknown): string | undefined {
  const text = typeof result === 'object' && result !== null && 'stdout' in result ? result.stdout : undefined;
  return typeof text === 'string' ? text : undefined;
}

await main();
