/** The first argument is what the subgraph knows of the object, the second the arguments. */
type Resolver<Parent> = (parent: Parent, args: Readonly<Record<string, unknown>>) => unknown;
export type ShapeSubgraph = {
  readonly name: string;
  readonly sdl: string;
  readonly resolvers: Readonly<Record<string, Readonly<Record<string, Resolver<Known>>>>>;
};
/** What a subgraph has been told of an entity, or holds of it. */
export type Known = Readonly<Record<string, unknown>>;

export type ShapeOperation = { readonly query: string; readonly variables: Readonly<Record<string, unknown>> };

/** A federated graph with its data, and what is asked of it. */
export type Shape = {
  readonly name: string;
  readonly title: string;
  readonly subgraphs: readonly ShapeSubgraph[];
  /** The whole data as one graph: what a plain execution of the operations over it answers is the right answer. */
  readonly merged: Known;
  /** Asked in turn. */
  readonly operations: readonly ShapeOperation[];
};

export const FEDERATION = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.3"
  import: ["@key", "@external", "@requires", "@provides", "@shareable"]
)`;

const WORDS = 'the table stands well in a small room and its drawers run as smooth as on the first day we had it'.split(
  ' ',
);

/** So many characters of text, the same for the same seed. */
export function prose(length: number, seed: number): string {
  let text = '';
  for (let index = seed * 7; text.length < length; index += 1 + (seed % 3)) text += `${WORDS[index % WORDS.length]} `;
  return text.slice(0, length);
}
