import { hasRole, isRole, type Viewer } from '@entrepot/kernel/viewer';
import type { Requirement } from './field-policies.ts';

/** A viewer with what an access token says beside who it is. Subgraphs are told nothing of that. */
export type TokenViewer = Viewer & {
  readonly scopes: ReadonlySet<string>;
  /** All that the token says. */
  readonly claims: Readonly<Record<string, unknown>>;
};

/** What requirements are held against. */
export type ViewerState = {
  readonly isAuthenticated: boolean;
  readonly scopes: ReadonlySet<string>;
  /** The policies that were asked about and hold. */
  readonly policies: ReadonlySet<string>;
};

/** Which of these policies hold for the viewer; none that it does not name does. */
export type EvaluatePolicies = (
  names: readonly string[],
  viewer: TokenViewer | undefined,
) => ReadonlySet<string> | Promise<ReadonlySet<string>>;

const ROLE = 'role:';

/** `role:ADMIN` holds for those who have the role; nobody here knows of other policies, so they hold for no one. */
export const evaluateRoles: EvaluatePolicies = (names, viewer) =>
  new Set(
    names.filter((name) => {
      const role = name.startsWith(ROLE) ? name.slice(ROLE.length) : undefined;
      return isRole(role) && hasRole(viewer, role);
    }),
  );

export function isMet({ isAuthenticated, scopes, policies }: Requirement, state: ViewerState): boolean {
  if (isAuthenticated && !state.isAuthenticated) return false;
  return hasOneOf(scopes, state.scopes) && hasOneOf(policies, state.policies);
}

const hasOneOf = (alternatives: Requirement['scopes'], held: ReadonlySet<string>): boolean =>
  alternatives === undefined || alternatives.some((all) => all.every((one) => held.has(one)));
