import type { GraphQLFormattedError } from 'graphql';
import { isTree, type Path } from '../execute/tree.ts';

/** The two forms of an answer in parts that clients speak: `deferSpec=20220824`, and `incrementalSpec=v0.2` of graphql-js 17. */
export type IncrementalSpec = '20220824' | 'v0.2';

/** A deferred fragment that is still to come, and where it is. */
export type Awaited = {
  readonly of: object;
  readonly label: string | undefined;
  readonly paths: () => readonly Path[];
};

/** A deferred fragment at one place; its data is null when a null within it has nowhere else to go. */
export type Item = {
  readonly path: Path;
  readonly label: string | undefined;
  /** As JSON text. */
  readonly data: string;
  readonly errors: readonly GraphQLFormattedError[];
};

/** Writes the parts of one answer as JSON texts. */
export type IncrementalFormat = {
  first(data: string, errors: readonly GraphQLFormattedError[], next: readonly Awaited[]): string;
  /** `of`: the fragment that has come; `next`: what of it comes later still. */
  later(of: object, items: readonly Item[], next: readonly Awaited[], hasNext: boolean): string;
};

export const createFormat = (spec: IncrementalSpec): IncrementalFormat =>
  spec === 'v0.2' ? createWithIds() : WITH_PATHS;

const WITH_PATHS: IncrementalFormat = {
  first: (data, errors, next) => `{"data":${data}${told(errors)},"hasNext":${next.length > 0}}`,
  later(_, items, __, hasNext) {
    const texts = items.map(
      ({ path, label, data, errors }) =>
        `{"path":${JSON.stringify(path)}${named(label)},"data":${data}${told(errors)}}`,
    );
    return `{${listed('incremental', texts)}"hasNext":${hasNext}}`;
  },
};

/** Each fragment at each place is announced under an id, and completed once. */
function createWithIds(): IncrementalFormat {
  const ids = new Map<object, Map<string, string>>();
  let count = 0;
  /** Clients look up what is announced in what they have: beneath a null there is nothing to announce. */
  const announce = (next: readonly Awaited[], isThere: (path: Path) => boolean): string[] =>
    next.flatMap(({ of, label, paths }) => {
      const own = new Map<string, string>();
      ids.set(of, own);
      return paths().flatMap((path) => {
        if (!isThere(path)) return [];
        const id = String(count++);
        own.set(keyOf(path), id);
        return [`{"id":"${id}","path":${JSON.stringify(path)}${named(label)}}`];
      });
    });

  return {
    first(data, errors, next) {
      if (next.length === 0) return `{"data":${data}${told(errors)},"hasNext":false}`;
      const value: unknown = JSON.parse(data);
      const pending = announce(next, (path) => isObjectAt(value, path));
      return `{"data":${data}${told(errors)},"pending":[${pending.join()}],"hasNext":true}`;
    },
    later(of, items, next, hasNext) {
      const own = ids.get(of) ?? new Map<string, string>();
      ids.delete(of);
      const arrived: { readonly path: Path; readonly value: unknown }[] = [];
      const incremental: string[] = [];
      const completed: string[] = [];
      for (const { path, data, errors } of items) {
        const id = own.get(keyOf(path));
        if (id === undefined) continue;
        const isFailed = data === 'null';
        completed.push(isFailed ? `{"id":"${id}"${told(errors)}}` : `{"id":"${id}"}`);
        if (isFailed) continue;
        incremental.push(`{"id":"${id}","data":${data}${told(errors)}}`);
        if (next.length > 0) arrived.push({ path, value: JSON.parse(data) });
      }
      const pending = announce(next, (path) =>
        arrived.some((part) => startsWith(path, part.path) && isObjectAt(part.value, path.slice(part.path.length))),
      );
      const lists = listed('pending', pending) + listed('incremental', incremental) + listed('completed', completed);
      return `{${lists}"hasNext":${hasNext}}`;
    },
  };
}

const keyOf = (path: Path): string => JSON.stringify(path);

const named = (label: string | undefined): string => (label === undefined ? '' : `,"label":${JSON.stringify(label)}`);

const told = (errors: readonly GraphQLFormattedError[]): string =>
  errors.length === 0 ? '' : `,"errors":${JSON.stringify(errors)}`;

const listed = (name: string, texts: readonly string[]): string =>
  texts.length === 0 ? '' : `"${name}":[${texts.join()}],`;

export function isObjectAt(value: unknown, path: Path): boolean {
  let at = value;
  for (const step of path) at = Object(at)[step];
  return isTree(at);
}

export const startsWith = (path: Path, start: Path): boolean => start.every((step, index) => path[index] === step);
