import type { Authorize } from './auth/authorize.ts';
import type { TokenViewer } from './auth/viewer-state.ts';
import { checkCost } from './limits/operation-cost.ts';
import type { Charged, RateLimit } from './limits/rate-limit.ts';
import type { Asked, Life, Ready } from './make-answer.ts';
import type { Described, Document } from './operations/documents.ts';
import type { Incoming } from './operations/http-request.ts';
import type { Validation } from './operations/validation.ts';
import type { Generation } from './supergraph/generation.ts';
import type { Rules } from './supergraph/rules.ts';

export type ReadyParts = {
  validate: Validation;
  rulesOf: (generation: Generation) => Rules;
  authorize: Authorize;
  /** In cost units. */
  maxCost: number;
  /** What new requests run on. */
  generation: () => Generation;
};

/** Looks at an operation as the graph demands it: whether it is valid, what of it is allowed, and what it costs. @throws Fault, RequestErrors */
export async function getReady(
  { validate, rulesOf, authorize, maxCost, generation }: ReadyParts,
  asked: Asked,
  document: Document,
  described: Described,
): Promise<Ready> {
  const { operation, viewer, incoming } = asked;
  // The one that has looked at it is the one that executes it, even when another takes over meanwhile.
  const current = generation();
  validate(current.schema, document);
  const { authorization, costs } = rulesOf(current);
  const demands = authorization.demandsOf(document.node);
  const denials = demands && (await authorize(demands, viewer, incoming.span));
  const cost = costs.costOf(document.node, operation.operationName)(operation.variables);
  checkCost(cost, maxCost);
  return { ...asked, document, described, generation: current, denials, cost };
}

/** Takes what an operation costs from the budget of who asks; undefined when nobody's requests are limited. @throws Fault RATE_LIMITED */
export async function charge({ budget }: Asked, life: Life, cost: number): Promise<Charged | undefined> {
  life.isCharged = true;
  return budget?.charge(priceOf(cost));
}

/** Also what costs nothing has to be looked at. */
export const priceOf = (cost: number): number => Math.max(1, cost);

/** Undefined when nobody's requests are limited. */
export function budgetOf(
  { rates }: { readonly rates: RateLimit | undefined },
  { address, headers }: Pick<Incoming, 'address' | 'headers'>,
  viewer: TokenViewer | undefined,
) {
  const forwarded = headers['x-forwarded-for'];
  const forwardedFor = Array.isArray(forwarded) ? forwarded.join() : forwarded;
  return rates?.budgetOf({ viewerId: viewer?.id, address, forwardedFor });
}
