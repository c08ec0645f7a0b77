import { type DocumentNode, Kind } from 'graphql';
import { countDirectives } from './count-directives.ts';
import { createMeasure, fragmentsOf } from './expanded-size.ts';
import { mostRepeated } from './repeated-fields.ts';
import { refuseAbove } from './too-large.ts';

export type OperationLimits = {
  /** Of fields within fields. */
  maxDepth: number;
  maxAliases: number;
  /** Of one operation, each as often as its fragment is spread. */
  maxRootFields: number;
  maxDirectives: number;
  /** On one field, fragment, variable or operation. */
  maxDirectivesPerElement: number;
  /** How often one response key may be asked for at one place of the answer. */
  maxRepeats: number;
  /** With each fragment counted as often as it is spread. */
  maxFields: number;
  maxOperations: number;
  maxFragments: number;
  maxVariables: number;
};

/**
 * Looks at all that a document could make us do before any of it is done, validation included.
 * @throws Fault OPERATION_TOO_LARGE for the first limit that is exceeded
 */
export function checkLimits(document: DocumentNode, limits: OperationLimits): void {
  const fragments = fragmentsOf(document);
  const measure = createMeasure(fragments);
  let [operations, fragmentDefinitions] = [0, 0];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragmentDefinitions++;
      // Validation looks into fragments also where nobody spreads them.
      const { fields } = measure(definition.selectionSet);
      refuseAbove(limits.maxFields, fields, 'a fragment asks for', 'fields');
    }
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    operations++;
    const { depth, aliases, rootFields, fields } = measure(definition.selectionSet);
    refuseAbove(limits.maxDepth, depth, 'the operation is nested', 'levels deep');
    refuseAbove(limits.maxAliases, aliases, 'the operation has', 'aliases');
    refuseAbove(limits.maxRootFields, rootFields, 'the operation has', 'fields at its root');
    refuseAbove(limits.maxFields, fields, 'the operation asks for', 'fields');
    refuseAbove(limits.maxVariables, definition.variableDefinitions?.length ?? 0, 'the operation has', 'variables');
  }
  refuseAbove(limits.maxOperations, operations, 'the document has', 'operations');
  refuseAbove(limits.maxFragments, fragmentDefinitions, 'the document has', 'fragments');
  const directives = countDirectives(document);
  refuseAbove(limits.maxDirectives, directives.total, 'the document has', 'directives');
  refuseAbove(limits.maxDirectivesPerElement, directives.mostOnOne, 'a part of the document has', 'directives');
  // The last, because it expands what is known to be small only now.
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const repeats = mostRepeated(definition.selectionSet, fragments, limits.maxFields);
    refuseAbove(limits.maxRepeats, repeats, 'one field is asked for', 'times at one place');
  }
}
