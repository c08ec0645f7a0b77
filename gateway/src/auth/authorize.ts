import { Fault } from '@entrepot/kernel/fault';
import type { Logger } from '@entrepot/telemetry/logger';
import { runInSpan, type Span } from '@entrepot/telemetry/trace';
import type { Demands, Denials } from './denials.ts';
import { type EvaluatePolicies, evaluateRoles, type TokenViewer } from './viewer-state.ts';

/** @throws Fault UNAUTHORIZED_FIELD_OR_TYPE where not even the rest may be answered */
export type Authorize = (
  demands: Demands | undefined,
  viewer: TokenViewer | undefined,
  span?: Span,
) => Denials | undefined | Promise<Denials | undefined>;

export type AuthorizeOptions = {
  evaluatePolicies?: EvaluatePolicies | undefined;
  /** Whether an operation of which something is denied is refused as a whole. */
  isAllOrNothing: boolean;
  logger: Logger;
};

/** A policy that takes longer to be evaluated does not hold. */
const POLICY_TIMEOUT_MS = 1_000;
const NONE: ReadonlySet<string> = new Set();

export function createAuthorize(options: AuthorizeOptions): Authorize {
  const { evaluatePolicies = evaluateRoles, isAllOrNothing, logger } = options;
  const decide = (demands: Demands, viewer: TokenViewer | undefined, policies: ReadonlySet<string>) => {
    const scopes = viewer?.scopes ?? NONE;
    const denials = demands.denialsFor({ isAuthenticated: viewer !== undefined, scopes, policies });
    if (denials && isAllOrNothing)
      throw new Fault('UNAUTHORIZED_FIELD_OR_TYPE', 'the operation asks for what you are not authorized to see');
    return denials;
  };
  return (demands, viewer, span) => {
    if (!demands) return undefined;
    const { policies } = demands;
    if (policies.length === 0) return decide(demands, viewer, NONE);
    const evaluating = runInSpan(span, () => evaluate(evaluatePolicies, policies, viewer, logger));
    return evaluating.then((held) => decide(demands, viewer, held));
  };
}

/** What cannot be evaluated does not hold. */
async function evaluate(
  evaluatePolicies: EvaluatePolicies,
  names: readonly string[],
  viewer: TokenViewer | undefined,
  logger: Logger,
): Promise<ReadonlySet<string>> {
  try {
    const held = await withinTime(async () => evaluatePolicies(names, viewer));
    return new Set(names.filter((name) => held.has(name)));
  } catch (error) {
    logger.error({ err: error, policies: names }, 'policies could not be evaluated, so none of them holds');
    return NONE;
  }
}

function withinTime<T>(act: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${POLICY_TIMEOUT_MS} ms`));
    const timer = setTimeout(late, POLICY_TIMEOUT_MS);
    act()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
