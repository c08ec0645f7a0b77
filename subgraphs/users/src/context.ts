import { type IdKind, requireUuid } from '@entrepot/kernel/ids';
import { byKey, groupedByKey } from '@entrepot/service/loader';
import type { RequestScope } from '@entrepot/service/subgraph-server';
import type DataLoader from 'dataloader';
import type { Issuer } from './auth/issuer.ts';
import type { Passwords } from './auth/passwords.ts';
import type { Address } from './domain/address.ts';
import { seesPrivate, type User } from './domain/user.ts';
import type { PrismaClient } from './generated/prisma/client.ts';
import { createAddressReader } from './store/address-reader.ts';
import type { Stores } from './store/stores.ts';
import type { UserReader } from './store/user-reader.ts';

export type Parts = Stores & {
  prisma: PrismaClient;
  reader: UserReader;
  passwords: Passwords;
  issuer: Issuer;
};

/** What one request may hold. */
export type Context = RequestScope &
  Omit<Parts, 'prisma' | 'reader'> & {
    now: () => Date;
    /** Null for an unknown id. @throws Fault INVALID_ID */
    userById: { load(id: string): Promise<User | null> };
    /** Null for an unknown id, and for an address that is not the viewer's to see. @throws Fault INVALID_ID */
    addressById: { load(id: string): Promise<Address | null> };
    addressesOfUser: DataLoader<string, Address[]>;
    listUsers: UserReader['page'];
    /** Whether what is private about a user may be shown to whoever sends this request. */
    seesPrivate: (userId: string) => boolean;
    /** Says that this request has proven to come from the user. */
    knows: (userId: string) => void;
  };

export function createContext(scope: RequestScope, { prisma, reader, ...parts }: Parts): Context {
  const known = new Set<string>();
  const sees = (userId: string) => known.has(userId) || seesPrivate(scope.viewer, userId);
  const readAddresses = createAddressReader(prisma);
  const id = (row: { id: string }) => row.id;
  const addressById = checked('addr', byKey(readAddresses.byIds, id));
  return {
    ...scope,
    ...parts,
    now: () => new Date(),
    userById: checked('usr', byKey(reader.byIds, id)),
    addressById: {
      load: async (addressId) => {
        const address = await addressById.load(addressId);
        return address && sees(address.userId) ? address : null;
      },
    },
    addressesOfUser: groupedByKey(readAddresses.ofUsers, ({ userId }) => userId),
    listUsers: reader.page,
    seesPrivate: sees,
    knows: (userId) => {
      known.add(userId);
    },
  };
}

/** Looks at each id before it joins a batch: a wrong one must fail its own field, not its neighbours. */
function checked<Row>(kind: IdKind, loader: DataLoader<string, Row>) {
  return {
    load: async (id: string): Promise<Row> => {
      requireUuid(kind, id);
      return loader.load(id);
    },
  };
}
