import type { Complete } from '@entrepot/service/complete';
import type { Address as AddressModel } from '../domain/address.ts';
import type { AddressResolvers } from '../generated/graphql.ts';

export const Address: Complete<AddressResolvers, AddressModel> = {
  __resolveReference: ({ id }, { addressById }) => addressById.load(id),
};
