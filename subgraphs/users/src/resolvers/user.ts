import type { Complete } from '@entrepot/service/complete';
import { seesPrivate, type User as UserModel } from '../domain/user.ts';
import type { UserResolvers } from '../generated/graphql.ts';

export const User: Complete<UserResolvers, UserModel> = {
  __resolveReference: ({ id }, { userById }) => userById.load(id),
  email: ({ id, email }, _, { viewer }) => (seesPrivate(viewer, id) ? email : null),
  kind: ({ id, kind }, _, { viewer }) => (seesPrivate(viewer, id) ? kind : null),
  roles: ({ id, roles }, _, { viewer }) => (seesPrivate(viewer, id) ? [...roles] : null),
  addresses: ({ id }, _, { viewer, addressesOfUser }) => (seesPrivate(viewer, id) ? addressesOfUser.load(id) : null),
};
