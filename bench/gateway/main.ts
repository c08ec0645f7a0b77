import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startRedis } from '@entrepot/servers/redis';
import { z } from 'zod';
import { pinToLoadCore } from './cores.ts';
import { listGateways } from './gateways.ts';
import { measure, type Outcome, PARTS } from './measure.ts';
import { oldLine, shippedLine } from './node-lines.ts';
import { installPeers } from './peers.ts';
import { report } from './report.ts';
import type { Bench } from './scenarios.ts';
import { startIssuer } from './tokens.ts';

/**
 * One process of a gateway remembers up to 10,000 tokens, and forgets the one first that was used the longest time ago: when more are
 * used in turn it never meets one that it knows. Two workers share what is asked, nearly evenly.
 */
const TOKENS_A_PROCESS = 12_500;
const FULL = { warmUpS: 8, rounds: 9, roundS: 1.5 };
const QUICK = { warmUpS: 2.5, rounds: 3, roundS: 1 };

/** Measures our gateway and its peers in one run on this machine and writes RESULTS.md. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      node: { type: 'string', default: '20,24' },
      only: { type: 'string', default: PARTS.join(',') },
      out: { type: 'string' },
    },
  });
  const parts = new Set(values.only.split(','));
  const names = values.node.split(',');
  const root = resolve(import.meta.dirname, '..', '..');
  const isPinned = pinToLoadCore();
  const peers = installPeers(root);
  const lines = [
    ...(names.includes('20') ? [oldLine(root, peers.folder)] : []),
    ...(names.includes('24') ? [shippedLine(root)] : []),
  ];
  const folder = mkdtempSync(join(tmpdir(), 'entrepot-bench-gateway-'));
  const subgraphs = fork(join(import.meta.dirname, 'programs', 'subgraphs-process.ts'));
  const redis = await startRedis();
  if (!('url' in redis)) console.error(`skipped: everything with Redis (${redis.unavailable})`);
  const issuer = await startIssuer(TOKENS_A_PROCESS * (parts.has('cores') ? 2 : 1));
  try {
    const [message] = await once(subgraphs, 'message');
    const bench: Bench = {
      folder,
      subgraphsUrl: z.object({ url: z.string() }).parse(message).url,
      issuer,
      redisUrl: 'url' in redis ? redis.url : undefined,
      isPinned,
      ...(values.quick ? QUICK : FULL),
    };
    const outcomes: Outcome[] = [];
    for (const line of lines) {
      console.error(`Node ${line.version}`);
      outcomes.push(await measure(bench, line, listGateways(root, peers, line), { parts, isQuick: values.quick }));
    }
    const text = report(outcomes, { isQuick: values.quick, ...bench });
    console.log(text);
    // A part of the figures must not take the place of all of them.
    const isWhole = parts.size === PARTS.length && lines.length === 2;
    const out = values.out ?? (isWhole ? join(import.meta.dirname, 'RESULTS.md') : undefined);
    if (out !== undefined) writeFileSync(out, text);
  } finally {
    issuer.stop();
    subgraphs.kill();
    if ('url' in redis) await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
