/** What a viewer must have to see something. Of each list of lists, one must be fulfilled as a whole. */
export type Requirement = {
  readonly isAuthenticated: boolean;
  readonly scopes: readonly (readonly string[])[] | undefined;
  readonly policies: readonly (readonly string[])[] | undefined;
};

/** By schema coordinate: `Type`, or `Type.field`. */
export type FieldPolicies = ReadonlyMap<string, Requirement>;
