import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoDeprecatedCustomRule,
  type OperationDefinitionNode,
  parse,
  Source,
  separateOperations,
  validate,
} from 'graphql';
import { type Place, type Problem, placeOf } from './problem.ts';

/** A file of operations that clients are known to send. */
export type OperationFile = { readonly file: string; readonly text: string };

/** One known operation with the fragments it needs. */
export type Operation = { readonly name: string; readonly at: Place | undefined; readonly document: DocumentNode };

/** The operations of the files by name; what cannot be one (no name, a name twice, broken syntax) is a problem. */
export function readOperations(files: readonly OperationFile[]): { operations: Operation[]; problems: Problem[] } {
  const operations = new Map<string, Operation>();
  const problems: Problem[] = [];
  for (const { file, text } of files) {
    for (const node of definitionsOf(file, text, problems)) {
      const name = node.definition.name?.value;
      const at = placeOf(node.definition);
      const refuse = (message: string) => problems.push({ severity: 'error', rule: 'operation-name', message, at });
      const other = name === undefined ? undefined : operations.get(name);
      if (name === undefined) refuse('a known operation needs a name: it is what metrics and reports call it');
      else if (other) refuse(`there is another operation ${name} in ${other.at?.file}:${other.at?.line}`);
      else operations.set(name, { name, at, document: node.document });
    }
  }
  return { operations: [...operations.values()], problems };
}

/** What is wrong with known operations in the schema as it is now; a deprecated field is a warning. */
export function validateOperations(operations: readonly Operation[], schema: GraphQLSchema): Problem[] {
  return operations.flatMap(({ name, at, document }) => {
    const problem = (severity: Problem['severity'], rule: string, error: GraphQLError): Problem => ({
      severity,
      rule,
      message: `operation ${name}: ${error.message}`,
      at: placeOfError(error) ?? at,
    });
    return [
      ...validate(schema, document).map((error) => problem('error', 'operation-valid', error)),
      ...validate(schema, document, [NoDeprecatedCustomRule]).map((error) =>
        problem('warning', 'operation-deprecated', error),
      ),
    ];
  });
}

/** Where a GraphQL error points to. */
export function placeOfError({ nodes }: GraphQLError): Place | undefined {
  const [node] = nodes ?? [];
  return node && placeOf(node);
}

function definitionsOf(
  file: string,
  text: string,
  problems: Problem[],
): { definition: OperationDefinitionNode; document: DocumentNode }[] {
  try {
    const document = parse(new Source(text, file));
    // An operation without a name would hide the others from separateOperations: look at each by itself.
    return document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? [{ definition, document: alone(document, definition) }] : [],
    );
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const line = error.locations?.[0]?.line ?? 1;
    problems.push({ severity: 'error', rule: 'syntax', message: error.message, at: { file, line } });
    return [];
  }
}

function alone(document: DocumentNode, definition: OperationDefinitionNode): DocumentNode {
  const definitions = document.definitions.filter(
    (node) => node === definition || node.kind !== Kind.OPERATION_DEFINITION,
  );
  const [separate] = Object.values(separateOperations({ ...document, definitions }));
  return separate ?? document;
}
