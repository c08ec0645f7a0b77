import { z } from 'zod';

const Errors = z.array(z.object({ message: z.string() }).loose()).optional();
const Step = z.union([z.string(), z.number()]);
const Part = z.object({
  data: z.unknown().optional(),
  errors: Errors,
  incremental: z
    .array(z.object({ data: z.unknown(), path: z.array(Step), label: z.string().optional(), errors: Errors }))
    .optional(),
  hasNext: z.boolean(),
});

/** What a client has when all parts of an answer have come (`deferSpec=20220824`). @throws Error when the parts do not fit together */
export function mergeParts(texts: readonly string[]): string {
  const parts = texts.map((text) => Part.parse(JSON.parse(text)));
  const whole: { data: unknown; errors: unknown[] } = { data: parts[0]?.data, errors: [] };
  for (const [index, part] of parts.entries()) {
    if (part.hasNext !== index < parts.length - 1)
      throw new Error(`part ${index} of ${parts.length} tells hasNext wrongly`);
    if (index > 0 && part.data !== undefined) throw new Error(`part ${index} begins anew`);
    whole.errors.push(...(part.errors ?? []));
    for (const { path, data, errors = [] } of part.incremental ?? []) {
      whole.errors.push(...errors);
      const into = objectAt(whole.data, path);
      if (data !== null) merge(into, data, whole.errors.length > 0);
      else if (errors.length === 0)
        throw new Error(`the part at ${JSON.stringify(path)} is null, and nothing says why`);
    }
  }
  return JSON.stringify(whole.errors.length > 0 ? whole : { data: whole.data });
}

/** JSON in which members stand in the order of their names: parts put members where they come. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

type Members = Record<string | number, unknown>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;

function objectAt(from: unknown, path: readonly (string | number)[]): Members {
  let value = from;
  for (const step of path) value = isObject(value) ? value[step] : undefined;
  if (isObject(value)) return value;
  throw new Error(`there is nothing at ${JSON.stringify(path)} to put a part into`);
}

/** What is there in both must be alike; but an error in one part may leave a null there of what is well in the other. */
function merge(into: Members, from: unknown, hasErrors: boolean): void {
  if (!isObject(from)) throw new Error(`a part is ${JSON.stringify(from)}`);
  for (const [name, value] of Object.entries(from)) {
    const known = into[name];
    if (isObject(known) && isObject(value)) {
      if (Array.isArray(known) && (!Array.isArray(value) || known.length !== value.length))
        throw new Error(`${name} has come as two lists that differ`);
      merge(known, value, hasErrors);
    } else if (hasErrors && (known === null || value === null)) into[name] = null;
    else if (known !== undefined && known !== value) throw new Error(`${name} has come twice, and differs`);
    else into[name] = value;
  }
}
