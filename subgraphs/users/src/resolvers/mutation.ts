import { payload } from '@entrepot/service/payload';
import { requireRole, requireViewer } from '@entrepot/service/viewer';
import { createGuest, logIn, logOut, refreshSession, registerUser } from '../auth/accounts.ts';
import type { AddressFields } from '../domain/address.ts';
import type { MutationResolvers, UpdateAddressInput } from '../generated/graphql.ts';

export const Mutation: MutationResolvers = {
  registerUser: (_, { input }, context) => payload(() => registerUser(input, context)),
  logIn: (_, { input }, context) => payload(() => logIn(input, context)),
  refreshSession: (_, { input }, context) => payload(() => refreshSession(input, context)),
  logOut: (_, { input }, context) => payload(() => logOut(input, context)),
  createGuest: (_, { input }, context) => payload(() => createGuest(input, context)),

  addAddress: (_, { input }, { viewer, addresses, addressesOfUser, now }) => {
    const { id } = requireViewer(viewer);
    const { isDefault, region = null, postalCode = null, ...fields } = input;
    return payload(async () => {
      const address = await addresses.add(id, { ...fields, region, postalCode }, isDefault, now());
      addressesOfUser.clear(id);
      return { address };
    });
  },
  updateAddress: (_, { input }, { viewer, addresses, addressesOfUser }) => {
    const { id } = requireViewer(viewer);
    return payload(async () => {
      const address = await addresses.update(id, input.id, changeOf(input), input.isDefault ?? false);
      addressesOfUser.clear(id);
      return { address };
    });
  },
  removeAddress: (_, { input }, { viewer, addresses, addressesOfUser }) => {
    const { id } = requireViewer(viewer);
    return payload(async () => {
      await addresses.remove(id, input.id);
      addressesOfUser.clear(id);
      return { removedAddressId: input.id };
    });
  },
  setUserRoles: (_, { input }, { viewer, users }) => {
    requireRole(viewer, 'ADMIN');
    return payload(async () => ({ user: await users.setRoles(input.userId, input.roles) }));
  },
};

/** What is given. Null empties the fields that may be empty; of the others it says nothing. */
function changeOf(input: UpdateAddressInput): Partial<AddressFields> {
  const { recipient, lines, city, region, postalCode, countryCode } = input;
  return {
    ...(typeof recipient === 'string' && { recipient }),
    ...(lines && { lines }),
    ...(typeof city === 'string' && { city }),
    ...(region !== undefined && { region }),
    ...(postalCode !== undefined && { postalCode }),
    ...(countryCode && { countryCode }),
  };
}
