import { type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, print } from 'graphql';
import { type Problem, placeOf } from '../problem.ts';
import type { Subgraph } from '../subgraphs.ts';
import { fieldsOf } from './elements.ts';

/**
 * One mutation `doThing`, one `DoThingInput!` in, one `DoThingPayload!` out; what a person can mend comes in its
 * `userErrors: [DoThingError!]!`, each with a `code: DoThingErrorCode!`. Names of its own: no two mutations share a type
 * that the one would have to change for its own sake.
 */
export function lintMutations({ document }: Subgraph): Problem[] {
  const objects = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.OBJECT_TYPE_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );
  return fieldsOf(document)
    .filter(({ type }) => type.name.value === 'Mutation')
    .flatMap(({ field }) => {
      const base = field.name.value.charAt(0).toUpperCase() + field.name.value.slice(1);
      return [
        ...lintSignature(field, base),
        ...lintPayload(objects.get(`${base}Payload`), base),
        ...lintError(objects.get(`${base}Error`), base),
      ];
    });
}

function lintSignature(field: FieldDefinitionNode, base: string): Problem[] {
  const args = field.arguments ?? [];
  const [input] = args;
  const takesInput =
    args.length === 1 && input?.name.value === 'input' && print(input.type) === `${base}Input!` && !input.defaultValue;
  return [
    ...(takesInput
      ? []
      : [problem('mutation-input', `${field.name.value} must take exactly (input: ${base}Input!)`, field)]),
    ...(print(field.type) === `${base}Payload!`
      ? []
      : [
          problem(
            'mutation-payload',
            `${field.name.value} must return ${base}Payload!, not ${print(field.type)}`,
            field,
          ),
        ]),
  ];
}

function lintPayload(payload: ObjectTypeDefinitionNode | undefined, base: string): Problem[] {
  // A mutation that returns something else has been told so already.
  if (!payload) return [];
  const errors = fieldNamed(payload, 'userErrors');
  const others = (payload.fields ?? []).filter((field) => field !== errors && field.type.kind === Kind.NON_NULL_TYPE);
  return [
    ...(errors && print(errors.type) === `[${base}Error!]!`
      ? []
      : [problem('user-errors', `${base}Payload needs userErrors: [${base}Error!]!`, errors ?? payload)]),
    ...others.map((field) =>
      problem(
        'payload-nullable',
        `${base}Payload.${field.name.value} is non-null, but there is no value for it when there are userErrors`,
        field,
      ),
    ),
  ];
}

function lintError(error: ObjectTypeDefinitionNode | undefined, base: string): Problem[] {
  if (!error) return [];
  const code = fieldNamed(error, 'code');
  const isUserError = error.interfaces?.some(({ name }) => name.value === 'UserError') ?? false;
  return [
    ...(isUserError ? [] : [problem('user-errors', `${base}Error must implement UserError`, error)]),
    ...(code && print(code.type) === `${base}ErrorCode!`
      ? []
      : [problem('user-errors', `${base}Error needs code: ${base}ErrorCode!`, code ?? error)]),
  ];
}

const fieldNamed = (type: ObjectTypeDefinitionNode, name: string) =>
  type.fields?.find((field) => field.name.value === name);

const problem = (rule: string, message: string, node: FieldDefinitionNode | ObjectTypeDefinitionNode): Problem => ({
  severity: 'error',
  rule,
  message,
  at: placeOf(node),
});
