export type ChangeKind =
  | 'TYPE_REMOVED'
  | 'TYPE_KIND_CHANGED'
  | 'FIELD_REMOVED'
  | 'FIELD_TYPE_CHANGED'
  | 'ARGUMENT_REMOVED'
  | 'ARGUMENT_TYPE_CHANGED'
  | 'ARGUMENT_BECAME_REQUIRED'
  | 'ARGUMENT_DEFAULT_CHANGED'
  | 'REQUIRED_ARGUMENT_ADDED'
  | 'INTERFACE_REMOVED'
  | 'INTERFACE_ADDED'
  | 'UNION_MEMBER_REMOVED'
  | 'UNION_MEMBER_ADDED'
  | 'ENUM_VALUE_REMOVED'
  | 'ENUM_VALUE_ADDED'
  | 'INPUT_FIELD_REMOVED'
  | 'INPUT_FIELD_TYPE_CHANGED'
  | 'INPUT_FIELD_BECAME_REQUIRED'
  | 'INPUT_FIELD_DEFAULT_CHANGED'
  | 'REQUIRED_INPUT_FIELD_ADDED'
  | 'INPUT_BECAME_ONE_OF'
  | 'DIRECTIVE_REMOVED'
  | 'DIRECTIVE_CHANGED';

/**
 * Something that a client may notice. `breaking`: what was valid, or could be read, no longer is. `dangerous`: every
 * operation still works, but gets values its author could not know of.
 */
export type Change = {
  readonly severity: 'breaking' | 'dangerous';
  readonly kind: ChangeKind;
  /** What changed: `Type`, `Type.field`, `Type.field(argument:)`, `Enum.VALUE`, `@directive`. */
  readonly coordinate: string;
  readonly message: string;
  /** An operation that uses one of these (see usage.ts) is hit. */
  readonly hits: readonly string[];
};

export const breaking = (kind: ChangeKind, coordinate: string, message: string, hits: readonly string[]): Change => ({
  severity: 'breaking',
  kind,
  coordinate,
  message,
  hits,
});

export const dangerous = (kind: ChangeKind, coordinate: string, message: string, hits: readonly string[]): Change => ({
  severity: 'dangerous',
  kind,
  coordinate,
  message,
  hits,
});
