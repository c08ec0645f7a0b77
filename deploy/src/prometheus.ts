import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { record } from './compose-file.ts';
import { freePort, type Program, startProgram, until } from './program.ts';

const RULES = resolve(import.meta.dirname, '../prometheus/alerts.yml');

export type Prometheus = Program & {
  readonly url: string;
  /** How many series a query finds; throws Prometheus' own words when it is no query. */
  count(query: string): Promise<number>;
};

/** Runs a Prometheus that scrapes these addresses (`host:port` by job) every second, with the real rules. */
export async function startPrometheus(jobs: Readonly<Record<string, string>>): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  await copyFile(RULES, join(folder, 'alerts.yml'));
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(configuration(jobs)));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = startProgram('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  await until('Prometheus is ready', async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok ?? false);
  return {
    url,
    count: (query) => count(url, query),
    async stop() {
      await program.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** JSON is YAML too. */
const configuration = (jobs: Readonly<Record<string, string>>) => ({
  global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
  rule_files: ['alerts.yml'],
  scrape_configs: Object.entries(jobs).map(([name, target]) => ({
    job_name: name,
    static_configs: [{ targets: [target] }],
  })),
});

async function count(url: string, query: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
  const { status, error, data } = record(await answer.json());
  if (status !== 'success') throw new Error(`${query}: ${String(error)}`);
  const { result } = record(data);
  return Array.isArray(result) ? result.length : 0;
}
