import type { GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType } from 'graphql';
import { breaking, type Change, dangerous } from './change.ts';
import { compareArguments } from './compare-inputs.ts';
import { canRead } from './compatible.ts';

type Composite = GraphQLObjectType | GraphQLInterfaceType;

export function compareFieldsAndInterfaces(base: Composite, next: Composite): Change[] {
  const fields = next.getFields();
  return [
    ...Object.values(base.getFields()).flatMap((field) => compareField(base.name, field, fields[field.name])),
    ...compareInterfaces(base, next),
  ];
}

export function compareUnions(base: GraphQLUnionType, next: GraphQLUnionType): Change[] {
  const before = base.getTypes().map(({ name }) => name);
  const after = next.getTypes().map(({ name }) => name);
  return [
    ...missing(before, after).map((name) =>
      breaking('UNION_MEMBER_REMOVED', base.name, `${name} is no longer one of ${base.name}`, [base.name]),
    ),
    ...missing(after, before).map((name) =>
      dangerous('UNION_MEMBER_ADDED', base.name, `${name} has become one of ${base.name}: clients may receive it`, [
        base.name,
      ]),
    ),
  ];
}

function compareField(
  type: string,
  base: GraphQLField<unknown, unknown>,
  next: GraphQLField<unknown, unknown> | undefined,
): Change[] {
  const coordinate = `${type}.${base.name}`;
  if (!next) return [breaking('FIELD_REMOVED', coordinate, `the field ${coordinate} was removed`, [coordinate])];
  const message = `the field ${coordinate} changed from ${base.type} to ${next.type}`;
  return [
    ...(canRead(base.type, next.type) ? [] : [breaking('FIELD_TYPE_CHANGED', coordinate, message, [coordinate])]),
    ...compareArguments(base.args, next.args, coordinate),
  ];
}

function compareInterfaces(base: Composite, next: Composite): Change[] {
  const before = base.getInterfaces().map(({ name }) => name);
  const after = next.getInterfaces().map(({ name }) => name);
  return [
    ...missing(before, after).map((name) =>
      breaking('INTERFACE_REMOVED', base.name, `${base.name} no longer implements ${name}`, [name]),
    ),
    ...missing(after, before).map((name) =>
      dangerous('INTERFACE_ADDED', base.name, `${base.name} implements ${name} now: clients may receive it there`, [
        name,
      ]),
    ),
  ];
}

const missing = (from: readonly string[], others: readonly string[]) => from.filter((name) => !others.includes(name));
