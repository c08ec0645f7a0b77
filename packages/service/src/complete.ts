/** Resolvers of which none is missing: exactly the fields that the model does not have by itself. */
export type Complete<Resolvers, Model> = Resolvers &
  Required<Pick<Resolvers, Exclude<keyof Resolvers, keyof Model | '__resolveReference' | '__isTypeOf'>>>;
