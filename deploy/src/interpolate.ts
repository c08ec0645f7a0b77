/** A variable as a Compose file asks for it: `${NAME}`, `${NAME:-default}`, `${NAME:?why it is needed}`. */
export type Reference = {
  readonly name: string;
  /** Undefined when nothing stands in for a variable that is not set. */
  readonly fallback: string | undefined;
  /** Whether Compose refuses to start without it. */
  readonly isRequired: boolean;
};

const REFERENCE = /\$\$|\$\{(?<name>[A-Za-z_]\w*)(?::?(?<sign>[-?])(?<rest>[^}]*))?\}/g;

/** Every variable that a text refers to; `$$` is a dollar and no reference. */
export function referencesOf(text: string): Reference[] {
  return [...text.matchAll(REFERENCE)].flatMap(({ groups }) => {
    const { name, sign, rest } = groups ?? {};
    if (name === undefined) return [];
    return [{ name, fallback: sign === '-' ? rest : undefined, isRequired: sign === '?' }];
  });
}

/** The text as Compose makes it of these variables; throws for one that is required and missing. */
export function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(REFERENCE, (reference, ...args: unknown[]) => {
    if (reference === '$$') return '$';
    const [found] = referencesOf(reference);
    const value = found && variables[found.name];
    if (found && value) return value;
    if (found?.isRequired) throw new Error(`${found.name} is not set (${String(args.at(-2))})`);
    return found?.fallback ?? '';
  });
}
