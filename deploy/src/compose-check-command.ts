import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkCompose } from './check-compose.ts';
import { dockerEnvironment } from './config.ts';
import { referencesOf } from './interpolate.ts';

const root = resolve(import.meta.dirname, '../..');

/** `npm run compose:check`: the Compose file against the specification, and against Docker where there is an engine. */
function main(): number {
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const specification: unknown = JSON.parse(readFileSync(join(root, 'deploy/compose/compose-spec.json'), 'utf8'));
  if (typeof specification !== 'object' || specification === null) throw new Error('compose-spec.json is no schema');
  const problems = checkCompose(text, specification);
  for (const problem of problems) console.error(`✗ docker-compose.yml: ${problem}`);
  if (problems.length > 0) return 1;
  console.log('docker-compose.yml keeps the Compose specification.');
  return askDocker(text);
}

function askDocker(text: string): number {
  const available = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0;
  if (!available) {
    console.log('There is no `docker compose` here: its own opinion was NOT asked.');
    return 0;
  }
  const stubs = referencesOf(text)
    .filter(({ isRequired }) => isRequired)
    .map(({ name }) => [name, 'x'.repeat(40)]);
  const { status } = spawnSync('docker', ['compose', 'config', '--quiet'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...dockerEnvironment(), ...Object.fromEntries(stubs) },
  });
  console.log(status === 0 ? '`docker compose config` agrees.' : '`docker compose config` does not agree.');
  return status === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`compose:check could not run: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
