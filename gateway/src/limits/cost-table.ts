/** `@listSize`: how long a list is taken to be. */
export type ListSize = {
  readonly assumedSize: number | undefined;
  /** Arguments that say how long it may become; with dots for what is inside an input object. */
  readonly slicingArguments: readonly string[];
  /** The lists within the object that the field is, when it is no list itself. */
  readonly sizedFields: readonly string[];
  readonly requireOneSlicingArgument: boolean;
};

/** What a supergraph says of costs (`@cost`, `@listSize`), by schema coordinate: `Type`, `Type.field`, `Type.field(argument:)`. */
export type CostTable = {
  readonly weights: ReadonlyMap<string, number>;
  readonly listSizes: ReadonlyMap<string, ListSize>;
};
