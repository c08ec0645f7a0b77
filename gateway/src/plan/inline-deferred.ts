import {
  type ConstArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type InlineFragmentNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { fragmentsIn } from './document-parts.ts';

/** Stands between a client's label and what makes it unique. */
const APART = '\u0000';

/** What the client has called it. */
export const clientLabelOf = (label: string | undefined): string | undefined => label?.split(APART, 1)[0] || undefined;

/**
 * The document with the text of fragments that defer something where these are used, and with a label for each `@defer` then; the very
 * same where nothing is deferred. A fragment may be used in several places, of which the planner takes the last for all that have one
 * label, and it sends such fragments to subgraphs as they are.
 */
export function inlineDeferred(document: DocumentNode): DocumentNode {
  if (!defersAnything(document)) return document;
  const deferring = deferringIn(document);
  let count = 0;
  const nextLabel = (label: string) => `${label}${APART}${++count}`;
  return {
    ...document,
    definitions: document.definitions.flatMap((definition) => {
      if (definition.kind === Kind.OPERATION_DEFINITION)
        return { ...definition, selectionSet: inline(definition.selectionSet, deferring, nextLabel) };
      return definition.kind === Kind.FRAGMENT_DEFINITION && deferring.has(definition.name.value) ? [] : definition;
    }),
  };
}

/** Whether a document has `@defer` somewhere. */
export const defersAnything = (document: DocumentNode): boolean =>
  document.definitions.some((definition) => defers(definition, new Map()));

/** Fragments within which something is deferred, directly or by other fragments. */
function deferringIn(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const all = fragmentsIn(document);
  const deferring = new Map<string, FragmentDefinitionNode>();
  for (let before = -1; before < deferring.size; ) {
    before = deferring.size;
    for (const [name, fragment] of all) if (defers(fragment, deferring)) deferring.set(name, fragment);
  }
  return deferring;
}

function defers(definition: DocumentNode['definitions'][number], deferring: ReadonlyMap<string, unknown>): boolean {
  let found = false;
  const look = (isFound: boolean) => {
    found ||= isFound;
  };
  visit(definition, {
    Directive: ({ name }) => look(name.value === 'defer'),
    FragmentSpread: ({ name }) => look(deferring.has(name.value)),
  });
  return found;
}

function inline(
  { selections }: SelectionSetNode,
  deferring: ReadonlyMap<string, FragmentDefinitionNode>,
  nextLabel: (label: string) => string,
): SelectionSetNode {
  const again = (set: SelectionSetNode) => inline(set, deferring, nextLabel);
  return {
    kind: Kind.SELECTION_SET,
    selections: selections.map((selection): SelectionNode => {
      if (selection.kind === Kind.FIELD)
        return selection.selectionSet ? { ...selection, selectionSet: again(selection.selectionSet) } : selection;
      const directives = selection.directives?.map((directive) => withLabel(directive, nextLabel)) ?? [];
      if (selection.kind === Kind.INLINE_FRAGMENT)
        return { ...selection, directives, selectionSet: again(selection.selectionSet) };
      const fragment = deferring.get(selection.name.value);
      if (!fragment) return { ...selection, directives };
      const { typeCondition, selectionSet } = fragment;
      const inlined: InlineFragmentNode = {
        kind: Kind.INLINE_FRAGMENT,
        typeCondition,
        directives,
        selectionSet: again(selectionSet),
      };
      return inlined;
    }),
  };
}

function withLabel(directive: DirectiveNode, nextLabel: (label: string) => string): DirectiveNode {
  if (directive.name.value !== 'defer') return directive;
  const value = nextLabel(labelOf(directive) ?? '');
  const label: ConstArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: 'label' },
    value: { kind: Kind.STRING, value },
  };
  const others = directive.arguments?.filter(({ name }) => name.value !== 'label') ?? [];
  return { ...directive, arguments: [label, ...others] };
}

/** The label of a `@defer`; undefined for any other directive. */
export function labelOf({ name, arguments: given = [] }: DirectiveNode): string | undefined {
  if (name.value !== 'defer') return undefined;
  const label = given.find((argument) => argument.name.value === 'label')?.value;
  return label?.kind === Kind.STRING ? label.value : undefined;
}
