import { type ConstDirectiveNode, type DocumentNode, type FieldDefinitionNode, Kind } from 'graphql';
import { argumentOf, textOf } from '../core-features.ts';
import { type Fielded, fieldedTypes, mapFields } from './fielded-types.ts';

/** That a `@requires` in a graph asks the type for this stand-in of the field. */
export type Wanted = {
  readonly type: string;
  readonly field: string;
  readonly standIn: string;
  readonly graph: string;
};

export type WithStandIns = {
  readonly document: DocumentNode;
  readonly added: readonly Pick<Wanted, 'type' | 'field' | 'standIn'>[];
  /** All that fields are joined from. */
  readonly graphs: ReadonlySet<string>;
};

/** Gives the stand-ins to their types: the same as the fields that they stand for, without arguments, and hidden. */
export function addStandIns(document: DocumentNode, wanted: readonly Wanted[], inaccessible: string): WithStandIns {
  const types = fieldedTypes(document);
  const graphs = new Set<string>();
  const hidden: ConstDirectiveNode = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: inaccessible } };
  // What an interface has, the types that implement it must have too.
  const spread = wanted.flatMap((one) => holdersOf(one.type, types).map((type) => ({ ...one, type })));
  const added = new Map(spread.map((one) => [`${one.type}.${one.standIn}`, one]));

  const isJoined = (type: Fielded, field: FieldDefinitionNode, graph: string): boolean => {
    const joins = joinsOf(field);
    if (joins.length > 0) return joins.some((join) => graphOf(join) === graph);
    return (type.directives ?? []).some((join) => join.name.value === 'join__type' && graphOf(join) === graph);
  };
  const isInherited = (type: Fielded, graph: string, field: string, standIn: string | undefined): boolean =>
    (type.directives ?? []).some((directive) => {
      if (directive.name.value !== 'join__implements' || graphOf(directive) !== graph) return false;
      const parent = types.get(textOf(argumentOf(directive, 'interface')) ?? '');
      const inherited = parent?.fields?.find(({ name }) => name.value === field);
      if (!parent || !inherited || !isJoined(parent, inherited, graph)) return false;
      return standIn === undefined || added.has(`${parent.name.value}.${standIn}`);
    });

  /** A subgraph may have an external field only for a reason: it requires it, or an interface has it. */
  const withReason = (type: Fielded, field: FieldDefinitionNode, standIn: string | undefined) =>
    (field.directives ?? []).filter((directive) => {
      if (directive.name.value !== 'join__field') return standIn === undefined;
      const graph = graphOf(directive);
      if (graph !== undefined) graphs.add(graph);
      const external = argumentOf(directive, 'external');
      if (external?.kind !== Kind.BOOLEAN || !external.value || graph === undefined) return true;
      const isRequired = spread.some(
        (one) => one.type === type.name.value && one.standIn === standIn && one.graph === graph,
      );
      return isRequired || isInherited(type, graph, field.name.value, standIn);
    });

  const completed = mapFields(document, (type) =>
    (type.fields ?? []).flatMap((field) => {
      const own = [...added.values()].filter((one) => one.type === type.name.value && one.field === field.name.value);
      if (own.length === 0) return [field];
      const standIns = own.map(
        ({ standIn }): FieldDefinitionNode => ({
          kind: Kind.FIELD_DEFINITION,
          name: { kind: Kind.NAME, value: standIn },
          type: field.type,
          directives: [...withReason(type, field, standIn), hidden],
        }),
      );
      return [{ ...field, directives: withReason(type, field, undefined) }, ...standIns];
    }),
  );
  return { document: completed, added: [...added.values()], graphs };
}

function holdersOf(typeName: string, types: ReadonlyMap<string, Fielded>): string[] {
  if (types.get(typeName)?.kind === Kind.OBJECT_TYPE_DEFINITION) return [typeName];
  const implementing = [...types.values()].filter(({ interfaces = [] }) =>
    interfaces.some(({ name }) => name.value === typeName),
  );
  return [typeName, ...implementing.map(({ name }) => name.value)];
}

const joinsOf = ({ directives = [] }: FieldDefinitionNode) =>
  directives.filter((directive) => directive.name.value === 'join__field');

const graphOf = (directive: ConstDirectiveNode) => textOf(argumentOf(directive, 'graph'));
