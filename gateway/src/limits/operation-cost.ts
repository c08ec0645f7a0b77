import { Fault } from '@entrepot/kernel/fault';
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';
import { type Expression, evaluate, sum, times, type Variables } from './cost-expression.ts';
import type { CostTable } from './cost-table.ts';
import { type ListSizeOptions, type Sizes, sizesOf } from './list-size.ts';

/** What an operation costs with these variables, which need not have been coerced. @throws Fault INVALID_ARGUMENT for lists that are too long */
export type OperationCost = (variables: Variables) => number;

export type Costs = { costOf(document: DocumentNode, operationName: string | undefined): OperationCost };

/** Also for what changes nothing in the end. */
const MUTATION = 10;

/**
 * Costs before execution, as the routers of Apollo count them: an object is 1 and a scalar nothing, unless `@cost` says
 * otherwise, and what is in a list counts as often as the list is long: by its arguments, by `@listSize`, or by default. The
 * document must be valid in the schema and its size bounded, for fragments count wherever they are spread.
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
    const cost = sum([base, createScore(document, rules)(operation.selectionSet, root, undefined)]);
    if (typeof cost === 'number') return () => Math.max(0, cost);
    return (variables) => Math.max(0, evaluate(cost, { ...presets, ...variables }));
  } catch (error) {
    // What is wrong with a literal is wrong whenever it is asked.
    if (!(error instanceof Fault)) throw error;
    return () => {
      throw error;
    };
  }
}

function createScore(document: DocumentNode, { schema, table, options }: Rules) {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);

  const scoreField = (node: FieldNode, parent: GraphQLCompositeType, above: Sizes | undefined): Expression => {
    const name = node.name.value;
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    if (!field) return 0;
    const coordinate = `${parent.name}.${name}`;
    const sizes = sizesOf(node, field, table.listSizes.get(coordinate), above?.below.get(name), options);
    const type = getNamedType(field.type);
    const own = table.weights.get(coordinate) ?? table.weights.get(type.name) ?? (isCompositeType(type) ? 1 : 0);
    const within = node.selectionSet && isCompositeType(type) ? scoreSet(node.selectionSet, type, sizes) : 0;
    const given = (node.arguments ?? []).map(({ name: { value: argument }, value }) => {
      const definition = field.args.find((one) => one.name === argument);
      return definition ? scoreInput(value, definition.type, table.weights.get(`${coordinate}(${argument}:)`)) : 0;
    });
    return sum([times(sizes.own, sum([own, within])), ...given]);
  };

  const scoreSet = (set: SelectionSetNode, parent: GraphQLCompositeType, above: Sizes | undefined): Expression =>
    sum(
      set.selections.map((selection): Expression => {
        const condition = conditionOf(selection.directives);
        if (condition === 0) return 0;
        if (selection.kind === Kind.FIELD) return times(condition, scoreField(selection, parent, above));
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (!fragment) return 0;
        const type = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
        return times(condition, scoreSet(fragment.selectionSet, isCompositeType(type) ? type : parent, above));
      }),
    );

  /** An input object is 1 with what is in it, anything else nothing, unless `@cost` says otherwise. */
  const scoreInput = (value: ValueNode, input: GraphQLInputType, weight: number | undefined): Expression => {
    const type = getNamedType(input);
    if (value.kind === Kind.VARIABLE) {
      if (weight === undefined && !isInputObjectType(type) && !table.weights.has(type.name)) return 0;
      return (variables) => scoreValue(variables[value.name.value], input, weight);
    }
    if (value.kind === Kind.NULL) return 0;
    if (value.kind === Kind.LIST) return sum(value.values.map((one) => scoreInput(one, input, weight)));
    if (value.kind !== Kind.OBJECT || !isInputObjectType(type)) return weight ?? table.weights.get(type.name) ?? 0;
    const fields = type.getFields();
    const within = value.fields.map(({ name, value: inner }): Expression => {
      const field = fields[name.value];
      return field ? scoreInput(inner, field.type, table.weights.get(`${type.name}.${name.value}`)) : 0;
    });
    return sum([weight ?? 1, ...within]);
  };

  const scoreValue = (value: unknown, input: GraphQLInputType, weight: number | undefined): number => {
    const type = getNamedType(input);
    if (value === null || value === undefined) return 0;
    if (Array.isArray(value)) return value.reduce((total: number, one) => total + scoreValue(one, input, weight), 0);
    if (!isInputObjectType(type)) return weight ?? table.weights.get(type.name) ?? 0;
    let total = weight ?? 1;
    for (const field of Object.values(type.getFields()))
      total += scoreValue(Object(value)[field.name], field.type, table.weights.get(`${type.name}.${field.name}`));
    return total;
  };

  return scoreSet;
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
