import {
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  isNonNullType,
} from 'graphql';
import { breaking, type Change, type ChangeKind, dangerous } from './change.ts';
import { canSend } from './compatible.ts';

type Value = GraphQLArgument | GraphQLInputField;
type Site = {
  readonly coordinate: string;
  /** What uses this value. */
  readonly used: string;
  /** What uses the field or input it belongs to, with or without it. */
  readonly owner: string;
  readonly noun: 'argument' | 'input field';
};

export function compareInputObjects(base: GraphQLInputObjectType, next: GraphQLInputObjectType): Change[] {
  const owner = `input ${base.name}`;
  const oneOf = next.isOneOf && !base.isOneOf;
  return [
    ...(oneOf
      ? [breaking('INPUT_BECAME_ONE_OF', base.name, `${base.name} takes only one of its fields now`, [owner])]
      : []),
    ...compareValues(Object.values(base.getFields()), Object.values(next.getFields()), (name) => ({
      coordinate: `${base.name}.${name}`,
      used: `${base.name}.${name}`,
      owner,
      noun: 'input field',
    })),
  ];
}

export function compareArguments(
  base: readonly GraphQLArgument[],
  next: readonly GraphQLArgument[],
  owner: string,
): Change[] {
  return compareValues(base, next, (name) => ({
    coordinate: `${owner}(${name}:)`,
    used: `${owner}(${name}:)`,
    owner,
    noun: 'argument',
  }));
}

export function compareEnums(base: GraphQLEnumType, next: GraphQLEnumType, isReadable: boolean): Change[] {
  const removed = base.getValues().filter(({ name }) => !next.getValue(name));
  const added = next.getValues().filter(({ name }) => !base.getValue(name));
  return [
    ...removed.map(({ name }) =>
      breaking('ENUM_VALUE_REMOVED', `${base.name}.${name}`, `the enum value ${base.name}.${name} was removed`, [
        base.name,
        `input ${base.name}`,
      ]),
    ),
    // One more value to send harms nobody; one more to receive may meet a switch that does not know it.
    ...added
      .filter(() => isReadable)
      .map(({ name }) =>
        dangerous(
          'ENUM_VALUE_ADDED',
          `${base.name}.${name}`,
          `the enum value ${base.name}.${name} was added: clients may receive it`,
          [base.name],
        ),
      ),
  ];
}

function compareValues(base: readonly Value[], next: readonly Value[], site: (name: string) => Site): Change[] {
  const before = new Map(base.map((value) => [value.name, value]));
  const after = new Map(next.map((value) => [value.name, value]));
  return [
    ...base.flatMap((value) => {
      const now = after.get(value.name);
      return now ? compareValue(value, now, site(value.name)) : [removed(site(value.name))];
    }),
    ...next.filter((value) => !before.has(value.name) && isRequired(value)).map((value) => added(site(value.name))),
  ];
}

function compareValue(base: Value, next: Value, site: Site): Change[] {
  const { coordinate, used, owner, noun } = site;
  if (!canSend(base.type, next.type)) {
    const message = `the ${noun} ${coordinate} changed from ${base.type} to ${next.type}`;
    // Who left it out is hit too when it has become required.
    const hits = !isRequired(base) && isRequired(next) ? [used, owner] : [used];
    return [breaking(kindOf(noun, 'TYPE_CHANGED'), coordinate, message, hits)];
  }
  if (!isRequired(base) && isRequired(next)) {
    const message = `the ${noun} ${coordinate} lost its default and must be given now`;
    return [breaking(kindOf(noun, 'BECAME_REQUIRED'), coordinate, message, [used, owner])];
  }
  if (show(base) === show(next)) return [];
  const message = `the default of the ${noun} ${coordinate} changed from ${show(base)} to ${show(next)}`;
  return [dangerous(kindOf(noun, 'DEFAULT_CHANGED'), coordinate, message, [owner])];
}

const removed = ({ coordinate, used, noun }: Site): Change =>
  breaking(kindOf(noun, 'REMOVED'), coordinate, `the ${noun} ${coordinate} was removed`, [used]);

const added = ({ coordinate, owner, noun }: Site): Change =>
  breaking(
    noun === 'argument' ? 'REQUIRED_ARGUMENT_ADDED' : 'REQUIRED_INPUT_FIELD_ADDED',
    coordinate,
    `the ${noun} ${coordinate} was added and must be given`,
    [owner],
  );

type What = 'REMOVED' | 'TYPE_CHANGED' | 'BECAME_REQUIRED' | 'DEFAULT_CHANGED';
const kindOf = (noun: Site['noun'], what: What): ChangeKind =>
  noun === 'argument' ? `ARGUMENT_${what}` : `INPUT_FIELD_${what}`;

const isRequired = ({ type, defaultValue }: Value) => isNonNullType(type) && defaultValue === undefined;
const show = ({ defaultValue }: Value) => (defaultValue === undefined ? 'none' : JSON.stringify(defaultValue));
