import type { GraphQLFormattedError } from 'graphql';

/** What GraphQL itself finds wrong with a well-formed request, before anything is executed. */
export class RequestErrors extends Error {
  readonly errors: readonly GraphQLFormattedError[];

  constructor(errors: readonly GraphQLFormattedError[]) {
    super(errors[0]?.message);
    this.errors = errors;
  }
}
