import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeLine, shippedLine } from './node-lines.ts';
import { type Peers, versionOf } from './peers.ts';
import type { Shape } from './shapes/shape.ts';
import { createOracle } from './supergraph.ts';
import type { TokenAlgorithm } from './tokens.ts';

/** What a gateway is started with. */
export type Setting = {
  /** A folder of its own, for files. */
  readonly folder: string;
  readonly shape: Shape;
  readonly supergraph: string;
  readonly subgraphsUrl: string;
  readonly port: number;
  readonly jwksUrl: string;
  readonly redisUrl: string | undefined;
};

export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly path: string;
};

export type Gateway = {
  readonly name: string;
  readonly label: string;
  /** What the authorizations that it is sent are signed with: RS256 unless it says otherwise. */
  readonly tokens?: TokenAlgorithm;
  command(setting: Setting): Command;
};

export type Gateways = ReturnType<typeof listGateways>;

/** Every gateway that is measured, and how it is started. Each passes `authorization` on to the subgraphs, or verifies it. */
export function listGateways(root: string, peers: Peers, line: NodeLine = shippedLine(root)) {
  const stock = (name: string, label: string, args: (setting: Setting) => string[]): Gateway => ({
    name,
    label,
    command: (setting) => ({
      program: line.node,
      args: [
        line.program('bench/gateway/programs/stock-process'),
        ...['--supergraph', setting.supergraph, '--port', String(setting.port)],
        ...args(setting),
      ],
      env: { NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: 'true' },
      cwd: peers.folder,
      path: '/',
    }),
  });
  const ours = (name: string, label: string, env: (setting: Setting) => Record<string, string>): Gateway => ({
    name,
    label,
    command: (setting) => ({
      program: line.node,
      args: [
        ...line.flags,
        line.program('gateway/src/main'),
        '--supergraph',
        setting.supergraph,
        '--port',
        String(setting.port),
      ],
      // The rate limit counts, and refuses nobody.
      env: { NODE_ENV: 'production', LOG_LEVEL: 'error', RATE_LIMIT: '1000000000000', ...env(setting) },
      cwd: root,
      path: '/',
    }),
  });
  const verified = ({ jwksUrl }: Setting) => ({ JWKS_URL: jwksUrl });
  return {
    stock: stock('stock', `stock ${versionOf('@apollo/gateway')} under ${versionOf('@apollo/server')}`, () => []),
    stockCached: stock('stock-cached', versionOf('@apollo/server-plugin-response-cache'), () => ['--cache', 'memory']),
    stockRedis: stock('stock-redis', 'the same with its keys in Redis', ({ redisUrl = '' }) => [
      '--cache',
      'redis',
      '--redis',
      redisUrl,
    ]),
    ours: ours('ours', 'ours, everything on, each token verified', verified),
    oursEd25519: {
      ...ours('ours-ed25519', 'the same with tokens of Ed25519, as our users service signs them', verified),
      tokens: 'EdDSA' as const,
    },
    oursPassing: ours('ours-passing', 'ours, everything on, authorization passed on as the peers do', () => ({})),
    oursRedis: ours('ours-redis', 'ours, cache in Redis', (setting) => ({
      ...verified(setting),
      REDIS_URL: setting.redisUrl ?? '',
    })),
    oursWorkers: ours('ours-workers', 'ours, WORKERS=2', (setting) => ({ ...verified(setting), WORKERS: '2' })),
    hive: hive(peers, line, 'hive', versionOf('@graphql-hive/gateway'), []),
    hiveRust: hive(
      peers,
      line,
      'hive-rust',
      `the same with its Rust planner (${versionOf('@graphql-hive/router-runtime')})`,
      ['--hive-router-runtime'],
    ),
    grafbase: grafbase(peers),
    floor: floor(line),
  };
}

const floor = (line: NodeLine): Gateway => ({
  name: 'floor',
  label: 'the floor: node:http writing the same bytes, knowing nothing',
  command: ({ folder, shape, port }) => {
    const file = join(folder, 'answer.json');
    const [operation = { query: '{ __typename }', variables: {} }] = shape.operations;
    writeFileSync(file, JSON.stringify({ data: createOracle(shape)(operation) }));
    return {
      program: line.node,
      args: [line.program('bench/gateway/programs/floor-process'), String(port), file],
      env: { NODE_ENV: 'production' },
      cwd: folder,
      path: '/',
    };
  },
});

function hive(
  { hive, folder }: Peers,
  { node }: NodeLine,
  name: string,
  label: string,
  flags: string[],
): Gateway | undefined {
  if (hive === undefined) return undefined;
  return {
    name,
    label,
    command: ({ folder: own, supergraph, port }) => {
      const config = join(own, 'gateway.config.mjs');
      writeFileSync(
        config,
        `export const gatewayConfig = { propagateHeaders: { fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') }) } };`,
      );
      return {
        program: node,
        args: [
          hive,
          'supergraph',
          supergraph,
          '--host',
          '127.0.0.1',
          '--port',
          String(port),
          '--config-path',
          config,
          ...flags,
        ],
        env: { NODE_ENV: 'production', LOG_LEVEL: 'error' },
        cwd: folder,
        path: '/graphql',
      };
    },
  };
}

function grafbase({ grafbase }: Peers): Gateway | undefined {
  if (grafbase === undefined) return undefined;
  return {
    name: 'grafbase',
    label: `${versionOf('grafbase')} (Rust, \`grafbase dev\`)`,
    command: ({ folder, shape, subgraphsUrl, port }) => {
      writeFileSync(join(folder, 'gateway.toml'), '[[headers]]\nrule = "forward"\nname = "authorization"\n');
      const overrides = shape.subgraphs.map(({ name, sdl }) => {
        writeFileSync(join(folder, `${name}.graphql`), sdl);
        return `[subgraphs.${name}]\nurl = "${subgraphsUrl}/${name}"\nschema_path = "${name}.graphql"\n`;
      });
      writeFileSync(join(folder, 'overrides.toml'), overrides.join('\n'));
      return {
        program: grafbase,
        args: [
          'dev',
          '--graph-overrides',
          'overrides.toml',
          '--gateway-config',
          'gateway.toml',
          '--port',
          String(port),
        ],
        env: {},
        cwd: folder,
        path: '/graphql',
      };
    },
  };
}
