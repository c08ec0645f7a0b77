import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';
import { type TagTemplate, type TagValue, textAt } from './cache-tag-table.ts';

/** The tags of a root fetch, by the JSON text of its variables. */
export type TagsOfVariables = (variables: string) => readonly string[];

type Values = { readonly [name: string]: unknown };
/** A part that is only known with the variables. */
type Late = (variables: Values) => string | undefined;

/** Compiles the templates of an operation's root fields: what stands in the operation is put in once, what comes with its variables each time. */
export function compileRootTags(query: string, fields: ReadonlyMap<string, readonly TagTemplate[]>): TagsOfVariables {
  const operation = parse(query, { noLocation: true }).definitions.find(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (!operation) return () => [];
  const defaults = defaultsOf(operation);
  const compiled = rootFieldsOf(operation.selectionSet).flatMap((field) =>
    (fields.get(field.name.value) ?? []).map((template) => compileTemplate(template, field)),
  );
  const isConstant = compiled.every((parts) => parts.every((part) => typeof part !== 'function'));
  const write = (values: Values) => [...new Set(compiled.flatMap((parts) => join(parts, values) ?? []))];
  if (isConstant) {
    const tags = write({});
    return () => tags;
  }
  return (variables) => {
    const given: Values = JSON.parse(variables);
    return write({ ...defaults, ...given });
  };
}

function compileTemplate(template: TagTemplate, field: FieldNode): (string | undefined | Late)[] {
  return template.map((part) => {
    if (typeof part === 'string') return part;
    const [name, ...path] = part.path;
    const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
    return value ? compileValue(value, path, part) : part.fallback;
  });
}

function compileValue(value: ValueNode, path: readonly string[], { fallback }: TagValue): string | undefined | Late {
  if (value.kind === Kind.VARIABLE) {
    const { value: name } = value.name;
    return (variables) => textAt(variables[name], path) ?? fallback;
  }
  const [step, ...rest] = path;
  if (step === undefined) return textAt(valueFromASTUntyped(value), []) ?? fallback;
  const inner = value.kind === Kind.OBJECT ? value.fields.find(({ name }) => name.value === step)?.value : undefined;
  return inner ? compileValue(inner, rest, { path, fallback }) : fallback;
}

function join(parts: readonly (string | undefined | Late)[], variables: Values): string | undefined {
  let tag = '';
  for (const part of parts) {
    const text = typeof part === 'function' ? part(variables) : part;
    if (text === undefined) return undefined;
    tag += text;
  }
  return tag;
}

/** With those that are asked under a condition: what is not asked after all has one tag too many, which costs nothing. */
function rootFieldsOf({ selections }: SelectionSetNode): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    // The planner writes no named fragments.
    return selection.kind === Kind.INLINE_FRAGMENT ? rootFieldsOf(selection.selectionSet) : [];
  });
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Values {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
}
