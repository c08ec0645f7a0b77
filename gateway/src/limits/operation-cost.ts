import { Fault } from '@entrepot/kernel/fault';
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { fragmentsIn } from '../plan/document-parts.ts';
import { type Expression, greatest, sum, times, type Variables } from './cost-expression.ts';
import type { CostTable } from './cost-table.ts';
import { createTypes } from './cost-types.ts';
import { createInputCost } from './input-cost.ts';
import { type ListSizeOptions, type Sizes, sizesOf } from './list-size.ts';

/** What an operation costs with these variables, which need not have been coerced. @throws Fault INVALID_ARGUMENT for lists that are too long */
export type OperationCost = (variables: Variables) => number;

export type Costs = { costOf(document: DocumentNode, operationName: string | undefined): OperationCost };

/** Also for what changes nothing in the end. */
const MUTATION = 10;

/**
 * Costs before execution, as the routers of Apollo count them: an object is 1 and a scalar nothing, unless `@cost` says
 * otherwise, and what is in a list counts as often as the list is long: by its arguments, by `@listSize`, or by default. Where an
 * object may be of several types, the costliest counts. The document must be valid in the schema and its size bounded, for
 * fragments count wherever they are spread.
 */
export function createCosts(schema: GraphQLSchema, table: CostTable, options: ListSizeOptions): Costs {
  const known = new WeakMap<DocumentNode, Map<string | undefined, OperationCost>>();
  return {
    costOf(document, operationName) {
      const costs = known.get(document) ?? new Map<string | undefined, OperationCost>();
      known.set(document, costs);
      let cost = costs.get(operationName);
      if (!cost) {
        cost = compile(document, operationName, { schema, table, options });
        costs.set(operationName, cost);
      }
      return cost;
    },
  };
}

/** @throws Fault COST_TOO_HIGH */
export function checkCost(cost: number, maxCost: number): void {
  if (cost > maxCost)
    throw new Fault('COST_TOO_HIGH', `the operation costs ${Math.ceil(cost)}, ${maxCost} at most are allowed`);
}

type Rules = { readonly schema: GraphQLSchema; readonly table: CostTable; readonly options: ListSizeOptions };

function compile(document: DocumentNode, operationName: string | undefined, rules: Rules): OperationCost {
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      (operationName === undefined || definition.name?.value === operationName),
  );
  const root = operation && rules.schema.getRootType(operation.operation);
  if (!root) return () => 0;
  const presets: Record<string, unknown> = {};
  for (const { variable, defaultValue } of operation.variableDefinitions ?? [])
    if (defaultValue) presets[variable.name.value] = valueFromASTUntyped(defaultValue);
  try {
    const base = operation.operation === 'mutation' ? MUTATION : 0;
    const cost = sum([base, createScore(document, rules)(operation.selectionSet, root, undefined, 0)]);
    if (typeof cost === 'number') return () => Math.max(0, cost);
    if (Object.keys(presets).length === 0) return (variables) => Math.max(0, cost(variables));
    return (variables) => Math.max(0, cost({ ...presets, ...variables }));
  } catch (error) {
    // What is wrong with a literal is wrong whenever it is asked.
    if (!(error instanceof Fault)) throw error;
    return () => {
      throw error;
    };
  }
}

function createScore(document: DocumentNode, { schema, table, options }: Rules) {
  const fragments = fragmentsIn(document);

  const scoreInput = createInputCost(table);
  const types = createTypes(schema, table);

  const scoreField = (node: FieldNode, parent: GraphQLCompositeType, above: Sizes | undefined): Expression => {
    const name = node.name.value;
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    if (!field) return 0;
    const sizes = sizesOf(node, field, types.listSizeOf(parent, name), above?.below.get(name), options);
    const type = getNamedType(field.type);
    const weight = types.weightOf(parent, name) ?? table.weights.get(type.name);
    const one =
      node.selectionSet && isCompositeType(type) ? scoreObject(node.selectionSet, type, sizes, weight) : (weight ?? 0);
    const given = (node.arguments ?? []).map(({ name: { value: argument }, value }) => {
      const definition = field.args.find((one) => one.name === argument);
      const own = table.weights.get(`${parent.name}.${name}(${argument}:)`);
      return definition ? scoreInput(value, definition.type, own) : 0;
    });
    return sum([times(sizes.own, one), ...given]);
  };

  /** An object and what is asked of it. It is of one type only: what is asked of others is not in it, and the costliest counts. */
  const scoreObject = (
    set: SelectionSetNode,
    type: GraphQLCompositeType,
    sizes: Sizes | undefined,
    weight: number | undefined,
  ): Expression => {
    const all = types.possible(type);
    const shares = new Map<ReadonlySet<GraphQLObjectType>, Expression[]>();
    const add = (of: ReadonlySet<GraphQLObjectType>, cost: Expression) => {
      if (cost === 0) return;
      const known = shares.get(of);
      if (known) known.push(cost);
      else shares.set(of, [cost]);
    };
    const collect = (
      { selections }: SelectionSetNode,
      parent: GraphQLCompositeType,
      of: ReadonlySet<GraphQLObjectType>,
      around: Expression,
    ): void => {
      for (const selection of selections) {
        const condition = times(around, conditionOf(selection.directives));
        if (condition === 0) continue;
        if (selection.kind === Kind.FIELD) {
          add(of, times(condition, scoreField(selection, parent, sizes)));
          continue;
        }
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (!fragment) continue;
        const narrowed = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
        const within = isCompositeType(narrowed) ? narrowed : parent;
        const left = within === parent ? of : types.both(of, within);
        if (left.size > 0) collect(fragment.selectionSet, within, left, condition);
      }
    };
    collect(set, type, all, 1);
    return costliest(all, shares, (one) => weight ?? types.objectWeight(one));
  };

  return scoreObject;
}

/** Types of which the same is asked cost the same but for their own weight, and are looked at once. */
function costliest(
  all: ReadonlySet<GraphQLObjectType>,
  shares: ReadonlyMap<ReadonlySet<GraphQLObjectType>, readonly Expression[]>,
  weightOf: (type: GraphQLObjectType | undefined) => number,
): Expression {
  const common = sum(shares.get(all) ?? []);
  const some = [...shares].filter(([of]) => of !== all);
  const asked = new Map<GraphQLObjectType | undefined, number[]>();
  for (const [index, [of]] of some.entries())
    for (const type of of) asked.set(type, [...(asked.get(type) ?? []), index]);
  const kinds = new Map<string, { readonly costs: Expression[]; weight: number }>();
  for (const type of all.size > 0 ? all : [undefined]) {
    const indexes = asked.get(type) ?? [];
    const kind = kinds.get(indexes.join()) ?? {
      costs: indexes.flatMap((index) => some[index]?.[1] ?? []),
      weight: Number.NEGATIVE_INFINITY,
    };
    kind.weight = Math.max(kind.weight, weightOf(type));
    kinds.set(indexes.join(), kind);
  }
  return sum([common, greatest([...kinds.values()].map(({ costs, weight }) => sum([weight, ...costs])))]);
}

/** 1 for what is in the answer, 0 for what is not. */
function conditionOf(directives: readonly DirectiveNode[] = []): Expression {
  let condition: Expression = 1;
  for (const directive of directives) {
    const value = directive.arguments?.find(({ name }) => name.value === 'if')?.value;
    const isSkip = directive.name.value === 'skip';
    if (!value || (!isSkip && directive.name.value !== 'include')) continue;
    if (value.kind === Kind.BOOLEAN) condition = times(condition, value.value === isSkip ? 0 : 1);
    if (value.kind === Kind.VARIABLE) {
      const { name } = value;
      condition = times(condition, (variables) => ((variables[name.value] === true) === isSkip ? 0 : 1));
    }
  }
  return condition;
}
