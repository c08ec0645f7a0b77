import { type DocumentNode, Kind, visit } from 'graphql';
import { fragmentsIn } from '../../plan/document-parts.ts';

/** The document with fragments in the place of their spreads. */
export function inlineFragments(document: DocumentNode): DocumentNode {
  const fragments = fragmentsIn(document);
  return visit(
    { ...document, definitions: document.definitions.filter(({ kind }) => kind !== Kind.FRAGMENT_DEFINITION) },
    {
      FragmentSpread: ({ name, directives }) => {
        const fragment = fragments.get(name.value);
        if (!fragment) return undefined;
        const { typeCondition } = fragment;
        // Each spread's own, so that what is changed in one place is not changed in all.
        const selectionSet = structuredClone(fragment.selectionSet);
        return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet };
      },
    },
  );
}
