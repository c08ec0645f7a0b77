import { Fault } from '@entrepot/kernel/fault';
import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode, print } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Denials } from '../auth/denials.ts';
import { askForCertain } from './certain-selections.ts';
import { setClientNamesApart } from './client-names.ts';
import { compileOperation } from './compile-operation.ts';
import { conditionsOf, withConditions } from './conditions.ts';
import { withoutConstants } from './constant-conditions.ts';
import { defersAnything, inlineDeferred } from './inline-deferred.ts';
import { compileCoercion, freeNames } from './operation-variables.ts';
import { compileLabels } from './override-labels.ts';
import type { Planner } from './planner.ts';
import { withoutImpossible } from './possible-selections.ts';
import { prepareByConditions } from './prepare-by-conditions.ts';
import type { OnInvalid, PreparedOperation } from './prepared-operation.ts';

/** A document that is valid in the schema. */
export type ValidDocument = { readonly hash: string; readonly text: string; readonly node: DocumentNode };

/** An operation, and how often it has been asked for. */
export type Popular = {
  readonly document: ValidDocument;
  readonly operationName: string | undefined;
  readonly uses: number;
};

export type Operations = {
  /** @throws Fault when it cannot be planned */
  prepare(
    document: ValidDocument,
    operationName: string | undefined,
    denials?: Denials,
    /** Between 0 and 100: whose turn it is with what `@override` moves step by step. */
    roll?: number,
  ): Promise<PreparedOperation>;
  /** Whether `@override` moves something step by step: then the answer may depend on the roll. */
  readonly isProgressive: boolean;
  hottest(count: number): Popular[];
  /** Prepares what was popular elsewhere, and remembers that it was. */
  warm(popular: Popular): Promise<void>;
};

export type OperationsOptions = {
  schema: GraphQLSchema;
  planner: Planner;
  hidesSchema: boolean;
  maxOperations: number;
  onInvalid: (operation: string | undefined, ...found: Parameters<OnInvalid>) => void;
};

type Entry = {
  readonly prepared: Promise<PreparedOperation>;
  readonly document: ValidDocument;
  readonly operationName: string | undefined;
  readonly isPlain: boolean;
  uses: number;
};

/** What could not be planned is not tried again by everybody who asks. */
const FAILURE_TTL_MS = 2_000;

/** Plans and compiles each operation once, for as long as it is asked for. Who asks meanwhile waits for the same plan. */
export function createOperations(options: OperationsOptions): Operations {
  const { planner, maxOperations } = options;
  const entries = new LRUCache<string, Entry>({ max: maxOperations });
  const { activeFor, sets } = compileLabels(planner.facts.labels);

  const find = (
    document: ValidDocument,
    operationName: string | undefined,
    active: readonly string[],
    denials?: Denials,
  ): Entry => {
    const key = `${document.hash} ${operationName ?? ''} ${active.join()} ${denials?.key ?? ''}`;
    const known = entries.get(key);
    if (known) return known;
    const prepared = prepare(options, document, operationName, active, denials);
    const entry: Entry = { prepared, document, operationName, isPlain: denials === undefined, uses: 0 };
    entries.set(key, entry);
    prepared.catch(() => {
      if (entries.peek(key) === entry) entries.set(key, entry, { ttl: FAILURE_TTL_MS });
    });
    return entry;
  };

  return {
    prepare(document, operationName, denials, roll = Math.random() * 100) {
      const entry = find(document, operationName, activeFor(roll), denials);
      entry.uses++;
      return entry.prepared;
    },
    isProgressive: sets.length > 1,
    hottest: (count) =>
      [...entries.values()]
        .filter(({ isPlain, uses }) => isPlain && uses > 0)
        .sort((one, other) => other.uses - one.uses)
        .slice(0, count)
        .map(({ document, operationName, uses }) => ({ document, operationName, uses })),
    async warm({ document, operationName, uses }) {
      const warmed = sets.map((active) => find(document, operationName, active));
      // What was popular long ago is forgotten by and by.
      for (const entry of warmed) entry.uses += Math.floor(uses / 2);
      await Promise.all(warmed.map(({ prepared }) => prepared));
    },
  };
}

async function prepare(
  options: OperationsOptions,
  document: ValidDocument,
  operationName: string | undefined,
  active: readonly string[],
  denials: Denials | undefined,
): Promise<PreparedOperation> {
  const { schema, planner, hidesSchema } = options;
  const names = planner.facts.hasChains ? conditionsOf(document.node) : [];
  if (names.length === 0) return planOnce(options, document, operationName, active, denials);
  const coerce = compileCoercion(schema, operationIn(document.node, operationName), hidesSchema);
  const defers = denials === undefined && defersAnything(document.node);
  return prepareByConditions(names, coerce, defers, (values) => {
    const node = withConditions(document.node, values);
    const allowed = denials && { ...denials, document: withConditions(denials.document, values) };
    return planOnce(options, { ...document, node, text: print(node) }, operationName, active, allowed);
  });
}

async function planOnce(
  { schema, planner, hidesSchema, onInvalid }: OperationsOptions,
  { node: sent, text }: ValidDocument,
  operationName: string | undefined,
  active: readonly string[],
  denials: Denials | undefined,
): Promise<PreparedOperation> {
  const apart = (document: DocumentNode) => inlineDeferred(setClientNamesApart(document, planner.facts.fieldNames));
  const node = apart(sent);
  const operation = operationIn(node, operationName);
  const allowed = withoutImpossible(withoutConstants(denials ? apart(denials.document) : node), schema);
  const planned = askForCertain(freeNames(allowed));
  // Of an operation that is denied or left out as a whole there is nothing to plan.
  const isEmpty = operationIn(allowed, operationName).selectionSet.selections.length === 0;
  const query = planned === sent ? text : isEmpty ? '' : print(planned);
  const plan = isEmpty ? ({ kind: 'QueryPlan' } as const) : await planner.plan({ query, operationName, active });
  return compileOperation({
    schema,
    facts: planner.facts,
    document: node,
    operation,
    plan,
    isDenied: denials && ((type, field) => denials.has(type, field)),
    hidesSchema,
    onInvalid: (...found) => onInvalid(operation.name?.value, ...found),
  });
}

function operationIn(document: DocumentNode, operationName: string | undefined): OperationDefinitionNode {
  for (const definition of document.definitions)
    if (
      definition.kind === Kind.OPERATION_DEFINITION &&
      (operationName === undefined || definition.name?.value === operationName)
    )
      return definition;
  throw new Fault('BAD_REQUEST', 'the document has no such operation');
}
