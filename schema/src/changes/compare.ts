import {
  type GraphQLDirective,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';
import { breaking, type Change } from './change.ts';
import { compareArguments, compareEnums, compareInputObjects } from './compare-inputs.ts';
import { compareFieldsAndInterfaces, compareUnions } from './compare-outputs.ts';

/** What a client of the API `base` may notice when it meets the API `next`; nothing for what is only added or described. */
export function compareSchemas(base: GraphQLSchema, next: GraphQLSchema): readonly Change[] {
  const readable = readableTypes(base);
  return [
    ...Object.values(base.getTypeMap())
      .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
      .flatMap((type) => compareType(type, next.getType(type.name), readable)),
    ...base
      .getDirectives()
      .filter((directive) => !isSpecifiedDirective(directive))
      .flatMap((directive) => compareDirective(directive, next.getDirective(directive.name))),
  ];
}

function compareType(
  base: GraphQLNamedType,
  next: GraphQLNamedType | undefined,
  readable: ReadonlySet<string>,
): Change[] {
  const hits = [base.name, `input ${base.name}`];
  if (!next) return [breaking('TYPE_REMOVED', base.name, `the type ${base.name} was removed`, hits)];
  if (isObjectType(base) && isObjectType(next)) return compareFieldsAndInterfaces(base, next);
  if (isInterfaceType(base) && isInterfaceType(next)) return compareFieldsAndInterfaces(base, next);
  if (isUnionType(base) && isUnionType(next)) return compareUnions(base, next);
  if (isEnumType(base) && isEnumType(next)) return compareEnums(base, next, readable.has(base.name));
  if (isInputObjectType(base) && isInputObjectType(next)) return compareInputObjects(base, next);
  if (kindOf(base) === kindOf(next)) return [];
  const message = `${base.name} was ${kindOf(base)} and is ${kindOf(next)} now`;
  return [breaking('TYPE_KIND_CHANGED', base.name, message, hits)];
}

function compareDirective(base: GraphQLDirective, next: GraphQLDirective | null | undefined): Change[] {
  const coordinate = `@${base.name}`;
  if (!next)
    return [breaking('DIRECTIVE_REMOVED', coordinate, `the directive ${coordinate} was removed`, [coordinate])];
  const lost = base.locations.filter((location) => !next.locations.includes(location));
  const changed = (message: string) => breaking('DIRECTIVE_CHANGED', coordinate, message, [coordinate]);
  return [
    ...lost.map((location) => changed(`the directive ${coordinate} may no longer stand on ${location}`)),
    ...(base.isRepeatable && !next.isRepeatable
      ? [changed(`the directive ${coordinate} may no longer be repeated`)]
      : []),
    ...compareArguments(base.args, next.args, coordinate),
  ];
}

function kindOf(type: GraphQLNamedType): string {
  if (isObjectType(type)) return 'an object type';
  if (isInterfaceType(type)) return 'an interface';
  if (isUnionType(type)) return 'a union';
  if (isEnumType(type)) return 'an enum';
  if (isInputObjectType(type)) return 'an input type';
  return 'a scalar';
}

/** The types of all fields: what a client can receive. */
function readableTypes(schema: GraphQLSchema): ReadonlySet<string> {
  const composites = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = composites.flatMap((type) => Object.values(type.getFields()));
  return new Set(fields.map(({ type }) => getNamedType(type).name));
}
