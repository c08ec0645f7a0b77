import { type FieldDefinitionNode, Kind, print, type TypeNode as TypeReference } from 'graphql';
import { type Problem, placeOf } from '../problem.ts';
import type { Subgraph } from '../subgraphs.ts';
import { fieldsOf, type TypeNode, typesOf } from './elements.ts';

/** A list without an end is a page: what returns a connection is bounded by `first`/`last`, and has Relay's shape. */
export function lintConnections({ document }: Subgraph): Problem[] {
  return [
    ...fieldsOf(document)
      .filter(({ field }) => namedType(field.type).endsWith('Connection'))
      .flatMap(({ type, field }) => lintArguments(type, field)),
    ...typesOf(document)
      .filter(({ kind, name }) => kind === Kind.OBJECT_TYPE_DEFINITION && name.value.endsWith('Connection'))
      .flatMap(lintShape),
  ];
}

function lintArguments(type: TypeNode, field: FieldDefinitionNode): Problem[] {
  const args = new Map((field.arguments ?? []).map((arg) => [arg.name.value, print(arg.type)]));
  const coordinate = `${type.name.value}.${field.name.value}`;
  const has = (name: string, ...types: string[]) => types.includes(args.get(name) ?? '');
  const pages = (size: string, cursor: string) => has(size, 'Int', 'Int!') && has(cursor, 'String');
  const problems = [
    ...(pages('first', 'after') || pages('last', 'before')
      ? []
      : [`${coordinate} returns a connection and needs (first: Int, after: String) or (last: Int, before: String)`]),
    ...(args.has('last') === args.has('before') && args.has('first') === args.has('after')
      ? []
      : [`${coordinate} has only one of first and after, or of last and before`]),
  ];
  return problems.map((message) => problem('connection-bounds', message, field));
}

function lintShape(type: TypeNode): Problem[] {
  const fields = new Map(
    'fields' in type ? (type.fields ?? []).map((field) => [field.name.value, print(field.type)]) : [],
  );
  const base = type.name.value.slice(0, -'Connection'.length);
  const wanted = { edges: `[${base}Edge!]!`, pageInfo: 'PageInfo!' };
  return Object.entries(wanted)
    .filter(([name, shape]) => fields.get(name) !== shape)
    .map(([name, shape]) => problem('connection-shape', `${type.name.value} needs ${name}: ${shape}`, type));
}

function namedType(type: TypeReference): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

const problem = (rule: string, message: string, node: FieldDefinitionNode | TypeNode): Problem => ({
  severity: 'error',
  rule,
  message,
  at: placeOf(node),
});
