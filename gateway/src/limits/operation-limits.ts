import { Fault } from '@entrepot/kernel/fault';
import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql';

export type OperationLimits = {
  /** Of fields within fields. */
  maxDepth: number;
  maxAliases: number;
  /** With each fragment counted as often as it is spread. */
  maxFields: number;
};

type Size = { depth: number; aliases: number; fields: number };
const NOTHING: Size = { depth: 0, aliases: 0, fields: 0 };

/** @throws Fault OPERATION_TOO_LARGE for the first limit that an operation of the document exceeds */
export function checkLimits(document: DocumentNode, { maxDepth, maxAliases, maxFields }: OperationLimits): void {
  const measure = createMeasure(document);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, aliases, fields } = measure(definition.selectionSet);
    refuse('is nested', depth, 'levels deep', maxDepth);
    refuse('has', aliases, 'aliases', maxAliases);
    refuse('asks for', fields, 'fields', maxFields);
  }
}

function refuse(verb: string, value: number, unit: string, limit: number): void {
  if (value > limit)
    throw new Fault('OPERATION_TOO_LARGE', `the operation ${verb} ${value} ${unit}, ${limit} at most are allowed`);
}

function createMeasure(document: DocumentNode): (selectionSet: SelectionSetNode) => Size {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  );
  // Each fragment is measured once, however often it is spread: fragments of fragments grow by powers.
  const measured = new Map<string, Size>();

  const measureFragment = (name: string): Size => {
    const known = measured.get(name);
    if (known) return known;
    // A fragment within itself, or an unknown one, is refused by validation; here it only must not hold us up.
    measured.set(name, NOTHING);
    const selectionSet = fragments.get(name);
    const size = selectionSet ? measure(selectionSet) : NOTHING;
    measured.set(name, size);
    return size;
  };

  const measure = ({ selections }: SelectionSetNode): Size => {
    let { depth, aliases, fields } = NOTHING;
    for (const selection of selections) {
      let size = NOTHING;
      if (selection.kind === Kind.FRAGMENT_SPREAD) size = measureFragment(selection.name.value);
      else if (selection.selectionSet) size = measure(selection.selectionSet);
      const isField = selection.kind === Kind.FIELD;
      depth = Math.max(depth, size.depth + (isField ? 1 : 0));
      aliases += size.aliases + (isField && selection.alias ? 1 : 0);
      fields += size.fields + (isField ? 1 : 0);
    }
    return { depth, aliases, fields };
  };
  return measure;
}
