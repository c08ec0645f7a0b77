import { Fault } from '@entrepot/kernel/fault';
import { hasRole, type Role, type Viewer } from '@entrepot/kernel/viewer';

/** The viewer of a field that needs one. @throws Fault UNAUTHENTICATED */
export function requireViewer(viewer: Viewer | undefined): Viewer {
  if (viewer) return viewer;
  throw new Fault('UNAUTHENTICATED', 'this needs an access token: log in, or make a guest');
}

/** The viewer of a field that needs a role. @throws Fault UNAUTHENTICATED or FORBIDDEN */
export function requireRole(viewer: Viewer | undefined, role: Role): Viewer {
  const known = requireViewer(viewer);
  if (hasRole(known, role)) return known;
  throw new Fault('FORBIDDEN', `this needs the role ${role}`);
}
