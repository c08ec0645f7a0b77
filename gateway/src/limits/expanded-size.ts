import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql';

/** What a selection set asks for, with each fragment counted as often as it is spread. */
export type Size = {
  /** Of fields within fields. */
  readonly depth: number;
  readonly aliases: number;
  readonly fields: number;
  /** The fields of the selection set itself, without those within them. */
  readonly rootFields: number;
};
export type Fragments = ReadonlyMap<string, SelectionSetNode>;

const NOTHING: Size = { depth: 0, aliases: 0, fields: 0, rootFields: 0 };

export function fragmentsOf({ definitions }: DocumentNode): Fragments {
  return new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  );
}

/** Counts without expanding anything: fragments of fragments grow by powers, so each is measured once. */
export function createMeasure(fragments: Fragments): (selectionSet: SelectionSetNode) => Size {
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
    let { depth, aliases, fields, rootFields } = NOTHING;
    for (const selection of selections) {
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? measureFragment(selection.name.value)
          : selection.selectionSet
            ? measure(selection.selectionSet)
            : NOTHING;
      const isField = selection.kind === Kind.FIELD;
      depth = Math.max(depth, inner.depth + (isField ? 1 : 0));
      aliases += inner.aliases + (isField && selection.alias ? 1 : 0);
      fields += inner.fields + (isField ? 1 : 0);
      rootFields += isField ? 1 : inner.rootFields;
    }
    return { depth, aliases, fields, rootFields };
  };
  return measure;
}
