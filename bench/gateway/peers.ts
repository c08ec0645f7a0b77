import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What ours is compared with. Installed by the benchmark when it runs and not with the project: it is 800 MB. */
const VERSIONS = {
  '@apollo/gateway': '2.14.4',
  '@apollo/server': '5.5.1',
  '@apollo/server-plugin-response-cache': '5.0.0',
  '@apollo/utils.keyvadapter': '4.0.1',
  '@graphql-hive/gateway': '2.15.1',
  '@graphql-hive/router-runtime': '1.4.23',
  '@keyv/redis': '5.1.6',
  grafbase: '0.80.4',
  graphql: '16.15.0',
  keyv: '5.6.0',
  node20: 'npm:node@20.20.2',
} as const;

export const versionOf = (name: keyof typeof VERSIONS): string => `${name} ${VERSIONS[name]}`;

export type Peers = {
  /** Where their packages are. */
  readonly folder: string;
  /** Hive Gateway's command, when it could be installed. */
  readonly hive: string | undefined;
  /** Grafbase's binary, when there is one for this platform. */
  readonly grafbase: string | undefined;
};

/** Installs the peers under `.cache/bench-peers`, once for each set of versions. */
export function installPeers(root: string): Peers {
  const manifest = JSON.stringify({ private: true, dependencies: VERSIONS }, undefined, 2);
  const folder = join(root, '.cache', 'bench-peers', createHash('sha256').update(manifest).digest('hex').slice(0, 12));
  const done = join(folder, 'installed');
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), manifest);
    console.error(`installing the peers into ${folder}`);
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    writeFileSync(done, '');
  }
  const hive = join(folder, 'node_modules', '.bin', 'hive-gateway');
  const [grafbase] = globSync('node_modules/@grafbase/cli-*/grafbase*', { cwd: folder });
  return {
    folder,
    hive: existsSync(hive) ? hive : undefined,
    grafbase: grafbase === undefined ? undefined : join(folder, grafbase),
  };
}
