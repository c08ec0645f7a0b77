import { Fault } from './fault.ts';

export const ROLES = ['CATALOGUE_MANAGER', 'ORDER_MANAGER', 'ADMIN'] as const;
export type Role = (typeof ROLES)[number];

/** Who sends a request, as the access token tells it. */
export type Viewer = {
  /** `usr_…` */
  readonly id: string;
  readonly kind: 'CUSTOMER' | 'GUEST';
  readonly roles: readonly Role[];
};

export const isRole = (text: unknown): text is Role => ROLES.some((role) => role === text);

/** Whether the viewer has the role. An administrator has every role. */
export function hasRole(viewer: Viewer | undefined, role: Role): boolean {
  return viewer?.roles.some((given) => given === role || given === 'ADMIN') ?? false;
}

/** The viewer as a header value from the gateway to a subgraph. */
export function encodeViewer({ id, kind, roles }: Viewer): string {
  return Buffer.from(JSON.stringify({ id, kind, roles })).toString('base64url');
}

/** Reads what `encodeViewer` wrote. @throws Fault BAD_REQUEST when it is anything else. */
export function decodeViewer(header: string): Viewer {
  const viewer = parse(header);
  if (viewer) return viewer;
  throw new Fault('BAD_REQUEST', 'the viewer header is malformed');
}

function parse(header: string): Viewer | undefined {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  if (!('id' in json) || typeof json.id !== 'string') return undefined;
  if (!('kind' in json) || (json.kind !== 'CUSTOMER' && json.kind !== 'GUEST')) return undefined;
  if (!('roles' in json) || !Array.isArray(json.roles) || !json.roles.every(isRole)) return undefined;
  return { id: json.id, kind: json.kind, roles: json.roles };
}
