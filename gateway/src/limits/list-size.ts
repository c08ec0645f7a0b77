import { Fault } from '@entrepot/kernel/fault';
import {
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type ValueNode,
} from 'graphql';
import type { Expression, Variables } from './cost-expression.ts';
import type { ListSize } from './cost-table.ts';

export type ListSizeOptions = {
  /** Of a list of which nothing is known. */
  readonly defaultListSize: number;
  /** What a client may ask for at once by an argument that says how long a list becomes. */
  readonly maxPageSize: number;
};

/** How many objects a field makes: itself, and in lists right below it. */
export type Sizes = { readonly own: Expression; readonly below: ReadonlyMap<string, Expression> };

/** What connections have, whether a directive says so or not. */
const PAGE_ARGUMENTS = ['first', 'last'];
const PAGE_LISTS = ['edges', 'nodes'];
const NONE: ReadonlyMap<string, Expression> = new Map();

/** `fromAbove`: what the field around it has said of this list. */
export function sizesOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  declared: ListSize | undefined,
  fromAbove: Expression | undefined,
  options: ListSizeOptions,
): Sizes {
  const isList = isListType(getNullableType(field.type));
  const names = declared?.slicingArguments ?? PAGE_ARGUMENTS;
  const sliced = slicedSize(node, field, names, declared?.requireOneSlicingArgument ?? false, options.maxPageSize);
  const unsliced = declared?.assumedSize ?? options.defaultListSize;
  const size = sliced === undefined ? unsliced : orElse(sliced, unsliced);
  if (isList) return { own: fromAbove ?? size, below: NONE };
  const lists = declared ? declared.sizedFields : sliced === undefined ? [] : listsOfPage(getNamedType(field.type));
  return { own: 1, below: new Map(lists.map((name) => [name, size])) };
}

type Sliced = (variables: Variables) => number | undefined;

/** Undefined when the field has no such argument at all. */
function slicedSize(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  names: readonly string[],
  isOneRequired: boolean,
  maxPageSize: number,
): Sliced | number | undefined {
  const slicing = names.flatMap((name) => {
    const [argument = '', ...within] = name.split('.');
    const definition = field.args.find((one) => one.name === argument);
    if (!definition) return [];
    const value = node.arguments?.find((one) => one.name.value === argument)?.value;
    return [{ name, read: readerOf(value, within), preset: numberAt(definition.defaultValue, within) }];
  });
  if (slicing.length === 0) return undefined;
  const presets = slicing.flatMap(({ preset }) => preset ?? []);
  const preset = presets.length === 0 ? undefined : Math.max(0, ...presets);
  const evaluate: Sliced = (variables) => {
    let count = 0;
    let most = 0;
    for (const { name, read } of slicing) {
      const value = read(variables);
      if (value === undefined) continue;
      refuseLarge(field.name, name, value, maxPageSize);
      count++;
      if (value > most) most = value;
    }
    if (isOneRequired && (count === 0 ? presets.length : count) !== 1)
      throw new Fault('INVALID_ARGUMENT', `'${field.name}' needs exactly one of the arguments ${names.join(', ')}`);
    return count === 0 ? preset : most;
  };
  return slicing.every(({ read }) => read.isConstant) ? (evaluate({}) ?? (() => undefined)) : evaluate;
}

type Reader = ((variables: Variables) => number | undefined) & { readonly isConstant: boolean };

function readerOf(value: ValueNode | undefined, within: readonly string[]): Reader {
  if (value?.kind === Kind.VARIABLE) {
    const { name } = value;
    return Object.assign((variables: Variables) => numberAt(variables[name.value], within), { isConstant: false });
  }
  const [next, ...rest] = within;
  if (next === undefined) {
    const size = value?.kind === Kind.INT ? Number(value.value) : undefined;
    return Object.assign(() => size, { isConstant: true });
  }
  const inner = value?.kind === Kind.OBJECT ? value.fields.find((one) => one.name.value === next)?.value : undefined;
  return readerOf(inner, rest);
}

/** Of whatever a client sent, only a number counts: the rest is refused when variables are coerced. */
function numberAt(value: unknown, within: readonly string[]): number | undefined {
  let at = value;
  for (const name of within) at = Object(at)[name];
  return typeof at === 'number' ? at : undefined;
}

function refuseLarge(field: string, argument: string, size: number, maxPageSize: number): void {
  if (size > maxPageSize)
    throw new Fault('INVALID_ARGUMENT', `'${argument}' of '${field}' is ${size}, ${maxPageSize} at most are allowed`);
}

function orElse(sliced: Sliced | number, otherwise: number): Expression {
  return typeof sliced === 'number' ? sliced : (variables) => sliced(variables) ?? otherwise;
}

function listsOfPage(type: GraphQLNamedType): readonly string[] {
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const fields = type.getFields();
  return PAGE_LISTS.filter((name) => isListType(getNullableType(fields[name]?.type)));
}
