import type { DocumentNode, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { FieldPolicies, Requirement } from './field-policies.ts';
import { type Rule, rulesOf } from './requirements.ts';
import { isMet, type ViewerState } from './viewer-state.ts';
import { withoutDenied } from './without-denied.ts';

/** What a viewer may not see of a document. */
export type Denials = {
  /** Equal for equal denials of one document. */
  readonly key: string;
  /** The document without the denied selections: it can be planned, and asks for nothing that is denied. */
  readonly document: DocumentNode;
  /** Whether this field of objects of this type is denied. */
  has(objectType: string, field: string): boolean;
};

/** What a document demands of who asks. */
export type Demands = {
  /** All that have to be evaluated. */
  readonly policies: readonly string[];
  /** Undefined when nothing is denied. */
  denialsFor(viewer: ViewerState): Denials | undefined;
};

export type Authorization = {
  /** Undefined, at once, for a document that uses nothing protected. */
  demandsOf(document: DocumentNode): Demands | undefined;
};

/** Of one document, so many different outcomes are kept ready; others are made anew. */
const MAX_OUTCOMES = 32;

/** Authorization in one supergraph. Its documents must be valid in the schema. */
export function createAuthorization(schema: GraphQLSchema, policies: FieldPolicies): Authorization {
  // Looked at once; forgotten with the document.
  const known = new WeakMap<DocumentNode, Demands | typeof NOTHING>();
  return {
    demandsOf(document) {
      if (policies.size === 0) return undefined;
      let demands = known.get(document);
      if (demands === undefined) {
        const rules = rulesOf(document, schema, policies);
        demands = rules ? createDemands(rules, document, schema) : NOTHING;
        known.set(document, demands);
      }
      return demands === NOTHING ? undefined : demands;
    },
  };
}

const NOTHING = 'nothing';

function createDemands(rules: readonly Rule[], document: DocumentNode, schema: GraphQLSchema): Demands {
  const outcomes = new LRUCache<string, Denials>({ max: MAX_OUTCOMES });
  const namesIn = ({ policies = [] }: Requirement) => policies.flat();
  return {
    policies: [...new Set(rules.flatMap(({ requirement }) => namesIn(requirement)))],
    denialsFor(viewer) {
      const unmet = rules.filter(({ requirement }) => !isMet(requirement, viewer));
      if (unmet.length === 0) return undefined;
      const key = rules.map((rule) => (unmet.includes(rule) ? '0' : '1')).join('');
      let denials = outcomes.get(key);
      if (!denials) {
        denials = createDenials(key, unmet, document, schema);
        outcomes.set(key, denials);
      }
      return denials;
    },
  };
}

function createDenials(key: string, unmet: readonly Rule[], document: DocumentNode, schema: GraphQLSchema): Denials {
  const denied = new Set(unmet.flatMap(({ coordinates }) => [...coordinates]));
  const has = (objectType: string, field: string) => denied.has(`${objectType}.${field}`);
  return { key, has, document: withoutDenied(document, schema, has) };
}
