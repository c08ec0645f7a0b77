import { startEmbeddedPostgres } from '../src/embedded.ts';

/**
 * `node launcher.ts DATA_DIR`: starts PostgreSQL in a process of its own, for tests of what happens when that process is another
 * user's or is killed. Prints one line of JSON; the end of its input stops it.
 */
const [dataDir = ''] = process.argv.slice(2);
try {
  const server = await startEmbeddedPostgres({ dataDir, port: 0, throwaway: true });
  console.log(JSON.stringify({ pid: server.pid, url: server.url('postgres') }));
  process.stdin.resume().once('end', () => void server.stop().then(() => process.exit(0)));
} catch (error) {
  console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
}
