import type { Complete } from '@entrepot/service/complete';
import type { User as UserModel } from '../domain/user.ts';
import type { UserResolvers } from '../generated/graphql.ts';

export const User: Complete<UserResolvers, UserModel> = {
  __resolveReference: ({ id }, { userById }) => userById.load(id),
  email: ({ id, email }, _, { seesPrivate }) => (seesPrivate(id) ? email : null),
  kind: ({ id, kind }, _, { seesPrivate }) => (seesPrivate(id) ? kind : null),
  roles: ({ id, roles }, _, { seesPrivate }) => (seesPrivate(id) ? [...roles] : null),
  addresses: ({ id }, _, { seesPrivate, addressesOfUser }) => (seesPrivate(id) ? addressesOfUser.load(id) : null),
};
