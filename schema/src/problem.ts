/** Something to mend, and where; `warning` is for a person to weigh and fails nothing. */
export type Problem = {
  readonly severity: 'error' | 'warning';
  /** The rule's stable name, such as `nullable-reference`. */
  readonly rule: string;
  readonly message: string;
  readonly at?: Place | undefined;
};

/** Where in the repository: a path from its root and a line, both as an editor counts them. */
export type Place = { readonly file: string; readonly line: number };

type Located = {
  readonly loc?: { readonly source: { readonly name: string }; readonly startToken: Token } | undefined;
};
type Token = { readonly line: number };

/** Where a node of a parsed file stands. A described definition is found at its name, not at its description. */
export function placeOf(node: Located & { readonly name?: Located | undefined }): Place | undefined {
  const loc = node.name?.loc ?? node.loc;
  return loc && { file: loc.source.name, line: loc.startToken.line };
}
