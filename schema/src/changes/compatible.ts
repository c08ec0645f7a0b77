import { type GraphQLInputType, type GraphQLOutputType, isListType, isNonNullType } from 'graphql';

/** Whether everyone who reads `base` can also read `next`: the same type, or one that promises more. */
export function canRead(base: GraphQLOutputType, next: GraphQLOutputType): boolean {
  if (isNonNullType(base)) return isNonNullType(next) && canRead(base.ofType, next.ofType);
  if (isNonNullType(next)) return canRead(base, next.ofType);
  if (isListType(base)) return isListType(next) && canRead(base.ofType, next.ofType);
  return !isListType(next) && base.name === next.name;
}

/** Whether everything one may send as `base` may also be sent as `next`: the same type, or one that demands less. */
export function canSend(base: GraphQLInputType, next: GraphQLInputType): boolean {
  if (isNonNullType(base)) return canSend(base.ofType, isNonNullType(next) ? next.ofType : next);
  if (isNonNullType(next)) return false;
  // A single value is taken for a list of one, but not when it comes in a variable: T → [T] breaks.
  if (isListType(base)) return isListType(next) && canSend(base.ofType, next.ofType);
  return !isListType(next) && base.name === next.name;
}
