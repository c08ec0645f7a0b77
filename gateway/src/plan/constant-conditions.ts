import { type DirectiveNode, type DocumentNode, Kind, type SelectionNode, type SelectionSetNode, visit } from 'graphql';
import { TYPENAME } from './document-parts.ts';

/**
 * The document without what `@skip(if: true)` and `@include(if: false)` leave out, and without conditions that always hold:
 * below a condition with a variable, the planner asks for what they leave out.
 */
export function withoutConstants(document: DocumentNode): DocumentNode {
  return visit(document, {
    SelectionSet: (set, _, parent) => {
      if (!set.selections.some(({ directives }) => directives?.some((one) => constantOf(one) !== undefined)))
        return undefined;
      const selections = set.selections.flatMap(decided);
      const isOperation = parent !== undefined && 'kind' in parent && parent.kind === Kind.OPERATION_DEFINITION;
      // Whether there is an object has to be asked also where nothing is asked of it.
      return {
        ...set,
        selections: selections.length > 0 || isOperation ? selections : [TYPENAME],
      } satisfies SelectionSetNode;
    },
  });
}

function decided(selection: SelectionNode): SelectionNode[] {
  const { directives = [] } = selection;
  if (directives.some((directive) => constantOf(directive) === false)) return [];
  return [{ ...selection, directives: directives.filter((directive) => constantOf(directive) === undefined) }];
}

/** Whether a condition with a literal lets its selection be asked; undefined for anything else. */
function constantOf({ name, arguments: given = [] }: DirectiveNode): boolean | undefined {
  const { value } = given.find((argument) => argument.name.value === 'if') ?? {};
  if (value?.kind !== Kind.BOOLEAN) return undefined;
  if (name.value === 'include') return value.value;
  return name.value === 'skip' ? !value.value : undefined;
}
