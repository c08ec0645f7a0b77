import type { QueryPlan } from '@apollo/query-planner';
import { type DocumentNode, Kind, parse, print } from 'graphql';
import type { FieldPolicies } from '../auth/field-policies.ts';
import type { CacheTagTable } from '../cache/cache-tag-table.ts';
import type { CostTable } from '../limits/cost-table.ts';
import { argumentOf, type Feature, identityOf, nameIn, readFeatures, textOf } from './core-features.ts';
import { readChained } from './corrections/chained-requirements.ts';
import { setRequirementsApart } from './corrections/requirements-apart.ts';
import { putInTurn } from './corrections/requirements-in-turn.ts';
import { putResolvableKeysFirst } from './corrections/resolvable-keys-first.ts';
import { restorePlan } from './corrections/restore-plan.ts';
import { readCacheTags } from './read-cache-tags.ts';
import { readCosts } from './read-costs.ts';
import { readPolicies } from './read-policies.ts';
import { addInaccessible, stripFeatures } from './strip-features.ts';

export type PreparedSupergraph = {
  /** What the planner is given: without the directives that are the gateway's to enforce, and so that it plans rightly. */
  readonly sdl: string;
  readonly policies: FieldPolicies;
  readonly costs: CostTable;
  readonly cacheTags: CacheTagTable;
  /** Whether a `@requires` asks for what requires something itself: then conditions confuse the planner. */
  readonly hasChains: boolean;
  /** Puts into a plan over `sdl` the names that subgraphs understand. */
  restore(plan: QueryPlan): QueryPlan;
};

/** Those that are taken out, in the versions whose meaning is known. */
const TAKEN_OUT = new Set(['authenticated', 'requiresScopes', 'policy', 'cost', 'cacheTag'].map(at('v0.1')));
/** Those that the planner knows. */
const PLANNED = new Set([
  ...['v0.1', 'v0.2'].flatMap((version) => ['core', 'inaccessible', 'tag'].map((name) => at(version)(name))),
  ...['v0.1', 'v0.2', 'v0.3', 'v0.4', 'v0.5'].map((version) => at(version)('join')),
  at('v0.3')('tag'),
  at('v0.1')('context'),
  at('v1.0')('link'),
]);

/** @throws Error in one clear sentence for a supergraph that cannot be served as it demands */
export function prepareSupergraph(sdl: string): PreparedSupergraph {
  const given = parse(sdl, { noLocation: true });
  const features = readFeatures(given);
  for (const feature of features) refuseUnknown(feature);

  const stripped = stripFeatures(
    given,
    features.filter((feature) => TAKEN_OUT.has(versioned(feature))),
  );
  const [open, inaccessible] = withInaccessible(stripped, features);
  const apart = setRequirementsApart(putResolvableKeysFirst(open), inaccessible);
  const { standIns, needs } = apart;
  const graphs = readGraphs(given);
  const planned = standIns.size > 0 ? apart.document : putResolvableKeysFirst(stripped);
  const corrections = { standIns, needs, graphs };
  const inTurn = { chained: readChained(planned), graphs };
  return {
    sdl: print(planned),
    policies: readPolicies(given, features),
    costs: readCosts(given, features),
    cacheTags: readCacheTags(given, features, graphs),
    hasChains: inTurn.chained.requirements.size > 0,
    restore: (plan) => restorePlan(putInTurn(plan, inTurn), corrections),
  };
}

/** What must be obeyed to be secure or right, and is not understood, must not be served. */
function refuseUnknown(feature: Feature): void {
  if (TAKEN_OUT.has(versioned(feature)) || PLANNED.has(versioned(feature))) return;
  if (feature.purpose === undefined) return;
  const { identity, version, purpose } = feature;
  throw new Error(`the supergraph uses ${identity}/${version} for ${purpose}, which this gateway does not support`);
}

/** With the directive that hides fields, and its name. */
function withInaccessible(document: DocumentNode, features: readonly Feature[]): [DocumentNode, string] {
  const known = features.find(({ identity }) => identity === identityOf('inaccessible'));
  if (known) return [document, nameIn(known, '@inaccessible')];
  return [
    addInaccessible(
      document,
      features.map(({ link }) => link),
    ),
    'inaccessible',
  ];
}

/** From a subgraph's name to what the supergraph's directives call it. */
function readGraphs(document: DocumentNode): ReadonlyMap<string, string> {
  const graphs = document.definitions.flatMap((definition) =>
    definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph'
      ? (definition.values ?? [])
      : [],
  );
  return new Map(
    graphs.flatMap(({ name, directives = [] }) =>
      directives.flatMap((directive) => {
        const subgraph = textOf(argumentOf(directive, 'name'));
        return subgraph === undefined ? [] : [[subgraph, name.value] as const];
      }),
    ),
  );
}

const versioned = ({ identity, version }: Feature) => `${identity}/${version}`;

function at(version: string) {
  return (name: string) => `${identityOf(name)}/${version}`;
}
