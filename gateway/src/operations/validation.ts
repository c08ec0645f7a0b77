import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { withoutSuggestion } from '../plan/operation-variables.ts';
import type { Document } from './documents.ts';
import { RequestErrors } from './request-errors.ts';

/** @throws RequestErrors for a document that is not valid in the schema */
export type Validation = (schema: GraphQLSchema, document: Pick<Document, 'node' | 'text'>) => void;

const MAX_ERRORS = 10;

/** Validates each document once in each schema. What the schema has is only told when it may be asked for, too. */
export function createValidation(hasIntrospection: boolean): Validation {
  const options = { maxErrors: MAX_ERRORS, hideSuggestions: !hasIntrospection };
  const check = (schema: GraphQLSchema, node: DocumentNode): readonly GraphQLError[] => {
    const hidden = hasIntrospection ? [] : validate(schema, node, [NoSchemaIntrospectionCustomRule]);
    // Each field within is refused as well, which says nothing more.
    return hidden.length > 0 ? hidden.slice(0, 1) : validate(schema, node, specifiedRules, options);
  };
  const formatError = ({ message, locations }: GraphQLError): GraphQLFormattedError => ({
    // Not all rules heed that suggestions are to be hidden.
    message: hasIntrospection ? message : withoutSuggestion(message),
    ...(locations && { locations }),
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
  const valid = new WeakMap<GraphQLSchema, WeakSet<DocumentNode>>();
  return (schema, { node, text }) => {
    let known = valid.get(schema);
    if (!known) {
      known = new WeakSet();
      valid.set(schema, known);
    }
    if (known.has(node)) return;
    // Places in the text cost memory, and are only of use to whoever has to mend it.
    if (check(schema, node).length > 0) throw new RequestErrors(check(schema, parse(text)).map(formatError));
    known.add(node);
  };
}
