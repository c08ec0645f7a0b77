import type { Viewer } from '@entrepot/kernel/viewer';

/** For whom an answer is made, as far as caches have to know. */
export type Audience = {
  readonly kind: 'nobody' | 'viewer' | 'staff';
  /** Names the viewer with everything that decides what they may see; undefined for who is nobody. */
  readonly own: string | undefined;
  /** On everything that is kept for the viewer alone. */
  readonly tag: string | undefined;
};

const NOBODY: Audience = { kind: 'nobody', own: undefined, tag: undefined };

export function audienceOf(viewer: Viewer | undefined): Audience {
  if (viewer === undefined) return NOBODY;
  const { id, kind, roles } = viewer;
  const tag = viewerTag(viewer);
  // The length tells where the id ends, whatever is in it.
  const own = `private ${kind} ${id.length} ${id}`;
  if (roles.length === 0) return { kind: 'viewer', own, tag };
  // What a viewer may see changes with the roles.
  return { kind: 'staff', own: `${own} ${JSON.stringify([...roles].sort())}`, tag };
}

/** Viewers with roles see more than others: they neither read nor write what everybody shares. */
export const mayShare = ({ kind }: Audience): boolean => kind !== 'staff';

/** No entity's tag: GraphQL names have no dot. */
export const viewerTag = ({ id }: Viewer): string => `viewer.${id}`;
