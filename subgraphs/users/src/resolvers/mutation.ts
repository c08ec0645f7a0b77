import { payload } from '@entrepot/service/payload';
import { requireRole, requireViewer } from '@entrepot/service/viewer';
import { createGuest, logIn, logOut, refreshSession, registerUser } from '../accounts.ts';
import type { AddressFields } from '../domain/address.ts';
import type { MutationResolvers, UpdateAddressInput } from '../generated/graphql.ts';

export const Mutation: MutationResolvers = {
  registerUser: (_, { input }, context) => payload(() => registerUser(input, context)),
  logIn: (_, { input }, context) => payload(() => logIn(input, context)),
  refreshSession: (_, { input }, context) => payload(() => refreshSession(input, context)),
  logOut: (_, { input }, context) => payload(() => logOut(input, context)),
  createGuest: (_, { input }, context) => payload(() => createGuest(input, context)),

  addAddress: (_, { input }, { viewer, addresses, now }) => {
    const { id } = requireViewer(viewer);
    const { isDefault, region = null, postalCode = null, ...fields } = input;
    return payload(async () => ({
      address: await addresses.add(id, { ...fields, region, postalCode }, isDefault, now()),
    }));
  },
  updateAddress: (_, { input }, { viewer, addresses }) => {
    const { id } = requireViewer(viewer);
    return payload(async () => ({
      address: await addresses.update(id, input.id, changeOf(input), input.isDefault ?? false),
    }));
  },
  removeAddress: (_, { input }, { viewer, addresses }) => {
    const { id } = requireViewer(viewer);
    return payload(async () => {
      await addresses.remove(id, input.id);
      return { removedAddressId: input.id };
    });
  },
  setUserRoles: (_, { input }, { viewer, users }) => {
    requireRole(viewer, 'ADMIN');
    return payload(async () => ({ user: await users.setRoles(input.userId, input.roles) }));
  },
};

/** What is given; null empties the fields that may be empty, and leaves the others. */
function changeOf({
  recipient,
  lines,
  city,
  region,
  postalCode,
  countryCode,
}: UpdateAddressInput): Partial<AddressFields> {
  return {
    ...(recipient && { recipient }),
    ...(lines && { lines }),
    ...(city && { city }),
    ...(region !== undefined && { region }),
    ...(postalCode !== undefined && { postalCode }),
    ...(countryCode && { countryCode }),
  };
}
