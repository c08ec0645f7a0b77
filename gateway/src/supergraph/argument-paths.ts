import { type DocumentNode, type InputValueDefinitionNode, Kind, type TypeNode, valueFromASTUntyped } from 'graphql';
import { type TagValue, textAt } from '../cache/cache-tag-table.ts';

/** Finds what a path (`input.id`) means in the arguments of a field: one value, or why it is none. */
export function createArgumentPaths(document: DocumentNode) {
  const inputs = new Map<string, readonly InputValueDefinitionNode[]>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION)
      inputs.set(definition.name.value, definition.fields ?? []);

  return (args: readonly InputValueDefinitionNode[], path: readonly string[]): TagValue | string => {
    let among: readonly InputValueDefinitionNode[] | undefined = args;
    let fallback: string | undefined;
    for (const [depth, step] of path.entries()) {
      const definition: InputValueDefinitionNode | undefined = among?.find(({ name }) => name.value === step);
      if (!definition) return depth === 0 ? 'names no argument' : 'names no part of an argument';
      if (definition.defaultValue)
        fallback ??= textAt(valueFromASTUntyped(definition.defaultValue), path.slice(depth + 1));
      const type = namedType(definition.type);
      if (type === undefined) return 'is a list';
      among = inputs.get(type);
    }
    return among ? 'is an object' : { path, fallback };
  };
}

function namedType(type: TypeNode): string | undefined {
  if (type.kind === Kind.NON_NULL_TYPE) return namedType(type.type);
  return type.kind === Kind.NAMED_TYPE ? type.name.value : undefined;
}
