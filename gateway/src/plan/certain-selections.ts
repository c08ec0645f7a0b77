import { type DocumentNode, Kind, type SelectionSetNode, visit } from 'graphql';
import { isCondition } from './conditions.ts';
import { fragmentsIn, TYPENAME } from './document-parts.ts';

/**
 * `{ products { name @include(if: $named) } }`: when all that is asked of an object depends on variables, the planner makes
 * the whole fetch depend on them, and whether there are products is not asked either. So something certain is asked of each.
 */
export function askForCertain(document: DocumentNode): DocumentNode {
  const fragments = fragmentsIn(document);
  const isCertain = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.directives?.some(isCondition) === true) return false;
      if (selection.kind === Kind.FIELD) return true;
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      return fragment !== undefined && isCertain(fragment.selectionSet);
    });

  return visit(document, {
    Field: (field) => {
      const { selectionSet } = field;
      if (!selectionSet || isCertain(selectionSet)) return undefined;
      return { ...field, selectionSet: { ...selectionSet, selections: [TYPENAME, ...selectionSet.selections] } };
    },
  });
}
