import type { ExecutionResult } from 'graphql';
import { z } from 'zod';
import { mergeParts, sorted } from './merge-parts.ts';

const Answer = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(z.object({ message: z.string(), path: z.array(z.union([z.string(), z.number()])).optional() }).loose())
    .default([]),
});

const Data = z.record(z.string(), z.unknown()).nullable();

/** Undefined when the gateway's answer says the same as the plain execution; else what differs. */
export function differenceOf(body: string, expected: ExecutionResult): string | undefined {
  const answer = Answer.parse(JSON.parse(body));
  const right = Answer.parse(JSON.parse(JSON.stringify(expected)));
  // As text: the order of the fields is part of what is promised.
  const [data, rightData] = [JSON.stringify(answer.data), JSON.stringify(right.data)];
  if (data !== rightData)
    return `data differs: ${difference(data, rightData)}\nerrors: ${JSON.stringify(answer.errors.slice(0, 3))}`;
  const places = placesOf(answer);
  const rightPlaces = placesOf(right);
  const added = places.filter((place) => !rightPlaces.includes(place));
  const blamed = blamedIn(answer);
  const missing = rightPlaces.filter((place) => !places.includes(place) && !blamed.has(parentOf(place)));
  if (added.length + missing.length === 0) return undefined;
  return `errors differ: too many at ${added.join(' ')}, none at ${missing.join(' ')}\nerrors: ${JSON.stringify(answer.errors.slice(0, 3))}`;
}

/**
 * The same for an answer in parts, which has its members in the order in which they come. An error leaves a null elsewhere in parts:
 * only answers without one are the same in the end, the others have to fit together.
 */
export function differenceInParts(texts: readonly string[], expected: ExecutionResult): string | undefined {
  try {
    const answer: unknown = JSON.parse(mergeParts(texts));
    if (expected.errors) return undefined;
    const right = { ...expected, data: Data.parse(sorted(JSON.parse(JSON.stringify(expected.data)))) };
    const difference = differenceOf(JSON.stringify(sorted(answer)), right);
    return difference && `in parts, ${difference}\n${texts.join('\n')}`;
  } catch (error) {
    return `the parts do not fit: ${String(error)}\n${texts.join('\n')}`;
  }
}

/**
 * Where errors have left a null: of several errors below one, any may be told. One fetch may ask for a field for several types,
 * also where the client asks for it of one: an error at a field that the answer does not have is left out of the comparison.
 */
function placesOf({ data, errors }: z.infer<typeof Answer>): string[] {
  const places = errors.flatMap(({ path = [] }) => {
    let value = data;
    const place: (string | number)[] = [];
    for (const step of path) {
      if (value === null) break;
      if (typeof value !== 'object') return [];
      value = new Map<string | number, unknown>(Array.isArray(value) ? value.entries() : Object.entries(value)).get(
        step,
      );
      if (value === undefined) return [];
      place.push(step);
    }
    return JSON.stringify(place);
  });
  return [...new Set(places)].toSorted();
}

/** The objects of which something that the client has not asked of them is told to have failed: with it, all that the fetch asked. */
function blamedIn({ data, errors }: z.infer<typeof Answer>): ReadonlySet<string> {
  const told = errors.filter((error) => error.path && placesOf({ data, errors: [error] }).length === 0);
  return new Set(told.map(({ path = [] }) => JSON.stringify(path.slice(0, -1))));
}

function parentOf(place: string): string {
  const path: unknown = JSON.parse(place);
  return JSON.stringify(Array.isArray(path) ? path.slice(0, -1) : []);
}

function difference(one = '', other = ''): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const near = (text: string) => text.slice(Math.max(0, at - 80), at + 80);
  return `…${near(one)}…\ninstead of …${near(other)}…`;
}
