import { type ASTVisitor, GraphQLError, Kind, type SelectionSetNode, type ValidationContext } from 'graphql';

export type DocumentLimits = { depth: number; aliases: number; rootFields: number; fields: number };

/** Far above what a storefront asks for, far below what could hurt. */
export const DOCUMENT_LIMITS: DocumentLimits = { depth: 20, aliases: 50, rootFields: 20, fields: 1_000 };
/** Tokens of a document, checked while it is read. */
export const MAX_TOKENS = 5_000;

type Measures = { depth: number; aliases: number; fields: number };
const NOTHING: Measures = { depth: 0, aliases: 0, fields: 0 };

/** A validation rule that refuses documents which would be much work for few bytes. Fragments count where they are spread. */
export function documentLimits(limits: DocumentLimits = DOCUMENT_LIMITS): (context: ValidationContext) => ASTVisitor {
  return (context) => {
    /** Each fragment is measured once, however often it is spread; one that spreads itself is another rule's matter. */
    const fragments = new Map<string, Measures>();
    const measureFragment = (name: string): Measures => {
      const known = fragments.get(name);
      if (known) return known;
      fragments.set(name, NOTHING);
      const measured = measure(context.getFragment(name)?.selectionSet);
      fragments.set(name, measured);
      return measured;
    };
    const measure = (set: SelectionSetNode | undefined): Measures => {
      let total = NOTHING;
      for (const node of set?.selections ?? []) {
        if (node.kind === Kind.FIELD) {
          // The schema's own depth is the tools' business, and bounded by the number of its tokens.
          if (node.name.value.startsWith('__')) continue;
          const inner = measure(node.selectionSet);
          const own = {
            depth: inner.depth + 1,
            aliases: inner.aliases + (node.alias ? 1 : 0),
            fields: inner.fields + 1,
          };
          total = combine(total, own);
        } else {
          total = combine(
            total,
            node.kind === Kind.FRAGMENT_SPREAD ? measureFragment(node.name.value) : measure(node.selectionSet),
          );
        }
      }
      return total;
    };
    const check = (what: string, value: number, limit: number) => {
      if (value <= limit) return;
      context.reportError(
        new GraphQLError(`the operation has ${value} ${what}: at most ${limit} are allowed`, {
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
        }),
      );
    };
    return {
      OperationDefinition(node) {
        const { depth, aliases, fields } = measure(node.selectionSet);
        check('levels', depth, limits.depth);
        check('aliases', aliases, limits.aliases);
        check('fields', fields, limits.fields);
        check('root fields', node.selectionSet.selections.length, limits.rootFields);
      },
    };
  };
}

const combine = (a: Measures, b: Measures): Measures => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  fields: a.fields + b.fields,
});
