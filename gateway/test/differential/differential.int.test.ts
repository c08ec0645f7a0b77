import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { SubgraphSource } from './facts.ts';
import type { Feature } from './feature.ts';
import type { Operation, Used } from './generate-operation.ts';
import { generateSupergraph } from './generate-supergraph.ts';
import { minimise } from './minimise.ts';
import { createRandom } from './random.ts';
import { openTrial, startTrial, type Trial } from './run.ts';

/**
 * Generated operations over generated supergraphs and over ours: the gateway answers what a plain graphql-js execution over the
 * same data answers. A failure tells its seed. `DIFFERENTIAL_SEED=7 DIFFERENTIAL_SUPERGRAPHS=1` runs one alone, larger
 * numbers of supergraphs, and of DIFFERENTIAL_OPERATIONS for each, run as long as one likes.
 */
const number = (name: string, otherwise: number) =>
  z.coerce
    .number()
    .int()
    .parse(process.env[name] ?? otherwise);
const FIRST_SEED = number('DIFFERENTIAL_SEED', 30);
const SUPERGRAPHS = number('DIFFERENTIAL_SUPERGRAPHS', 15);
const OPERATIONS = number('DIFFERENTIAL_OPERATIONS', 120);
const OURS = OPERATIONS * 2;
const AHEAD = 8;
const TIMEOUT_MS = 180_000 + SUPERGRAPHS * OPERATIONS * 50;
const isUsual = process.env.DIFFERENTIAL_SEED === undefined && process.env.DIFFERENTIAL_SUPERGRAPHS === undefined;

type Tally = { run: number; invalid: number; readonly used: Map<string, number> };

/** All that the generators can do, each of which a usual run has tried. */
const FEATURES: readonly Feature[] = [
  'several keys',
  'compound key',
  'nested key',
  '@shareable',
  '@requires',
  '@requires with arguments',
  '@requires of what requires',
  '@requires of another entity',
  '@provides',
  '@provides of a union',
  '@override',
  'progressive @override',
  '@inaccessible',
  '@interfaceObject',
  'interface',
  'interface of interfaces',
  'shared root field',
  'union',
  'nested list',
  'mutation',
];
const USED: readonly Used[] = [
  'alias',
  'alias of a key',
  'fragment',
  'inline fragment',
  '@skip',
  '@include',
  'constant condition',
  'variable',
  'null variable',
  'default value',
  'mutation',
  '@defer',
  'conditional @defer',
  '__typename',
];

describe('the gateway against a plain execution over the merged data', () => {
  it('answers generated operations over generated supergraphs alike', { timeout: TIMEOUT_MS }, async () => {
    const tally = newTally();
    const features = new Map<string, number>();
    let refused = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SUPERGRAPHS; seed++) {
      const generated = generateSupergraph(createRandom(seed));
      // With errors in the data, and without.
      const trial = await startTrial(generated.sources, seed % 2 === 0);
      if (trial === undefined) {
        refused++;
        continue;
      }
      count(features, generated.features);
      await compareMany(trial, seed, OPERATIONS, tally);
    }
    console.info(`seeds from ${FIRST_SEED}: ${refused} supergraphs of ${SUPERGRAPHS} do not compose`, features, tally);
    if (!isUsual) return;
    // Else it could try nothing, and find nothing.
    expect(refused).toBeLessThanOrEqual(SUPERGRAPHS / 4);
    expect(tally.run).toBeGreaterThan((SUPERGRAPHS - refused) * OPERATIONS * 0.8);
    expect(FEATURES.filter((feature) => !features.has(feature))).toEqual([]);
    expect(USED.filter((used) => (tally.used.get(used) ?? 0) < 20)).toEqual([]);
  });

  it('answers generated operations over our own supergraph alike', { timeout: TIMEOUT_MS }, async () => {
    const tally = newTally();
    const { supergraph, sources } = readOurs();
    for (const injectsErrors of [false, true])
      await compareMany(await openTrial(supergraph, sources, injectsErrors), FIRST_SEED, OURS, tally);
    console.info(`our own, seed ${FIRST_SEED}`, tally);
    expect(tally.run).toBeGreaterThan(OURS * 1.6);
  });
});

const newTally = (): Tally => ({ run: 0, invalid: 0, used: new Map() });

function count(counts: Map<string, number>, names: Iterable<string>): void {
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
}

async function compareMany(trial: Trial, seed: number, operations: number, tally: Tally): Promise<void> {
  try {
    const generated = Array.from({ length: operations }, (_, index) => ({
      index,
      operation: trial.generate(createRandom(seed * 100_003 + index)),
    }));
    const valid = generated.filter(({ operation }) => trial.isValid(operation));
    tally.invalid += operations - valid.length;
    for (const [place, { index, operation }] of valid.entries()) {
      // The planner has a thread of its own: it plans the next ones while this one runs.
      for (const next of valid.slice(place === 0 ? 0 : place + AHEAD, place + AHEAD + 1)) trial.prepare(next.operation);
      const difference = await trial.run(operation).catch((error: unknown) => {
        throw new Error(`seed ${seed}, operation ${index}: ${operation.query}`, { cause: error });
      });
      if (difference !== undefined)
        throw new Error(`${difference}\n${await explain(trial, operation, `seed ${seed}, operation ${index}`)}`);
      tally.run++;
      count(tally.used, operation.used);
    }
  } finally {
    trial.end();
  }
}

async function explain(trial: Trial, operation: Operation, place: string): Promise<string> {
  const smallest = await minimise(operation, async (one) => trial.isValid(one) && (await trial.run(one)) !== undefined);
  const difference = await trial.run(smallest);
  return `${place}: ${smallest.query}\n${JSON.stringify(smallest.variables)}\n${difference}`;
}

const Subgraphs = z.record(z.string(), z.object({ files: z.array(z.string()) }));

function readOurs(): { supergraph: string; sources: SubgraphSource[] } {
  const read = (file: string) => readFileSync(join(import.meta.dirname, '../../../schema', file), 'utf8');
  const subgraphs = Subgraphs.parse(JSON.parse(read('subgraphs.json')));
  const sources = Object.entries(subgraphs).map(([name, { files }]) => ({ name, sdl: files.map(read).join('\n') }));
  return { supergraph: read('supergraph.graphql'), sources };
}
