import { readPage } from '@entrepot/kernel/page';
import { requireRole } from '@entrepot/service/viewer';
import { mayLookUp } from '../domain/user.ts';
import type { QueryResolvers } from '../generated/graphql.ts';

export const Query: QueryResolvers = {
  me: (_, __, { viewer, userById }) => (viewer ? userById.load(viewer.id) : null),
  user: (_, { id }, { viewer, userById }) => (mayLookUp(viewer, id) ? userById.load(id) : null),
  users: (_, { first, after, email }, { viewer, listUsers }) => {
    requireRole(viewer, 'ADMIN');
    return listUsers(readPage({ first, after }), email ?? undefined);
  },
};
