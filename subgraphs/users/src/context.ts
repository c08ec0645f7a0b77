import { requireUuid } from '@entrepot/kernel/ids';
import { byKey, groupedByKey } from '@entrepot/service/loader';
import type { RequestScope } from '@entrepot/service/subgraph-server';
import type { PrismaClient } from './generated/prisma/client.ts';
import type { Passwords } from './passwords.ts';
import type { Issuer } from './sessions.ts';
import type { AddressStore } from './store/address-store.ts';
import type { SessionStore } from './store/session-store.ts';
import type { ThrottleStore } from './store/throttle-store.ts';
import { createUserReader } from './store/user-reader.ts';
import type { UserStore } from './store/user-store.ts';

export type Parts = {
  prisma: PrismaClient;
  users: UserStore;
  addresses: AddressStore;
  sessions: SessionStore;
  throttle: ThrottleStore;
  passwords: Passwords;
  issuer: Issuer;
};

/** What one request may hold. */
export type Context = RequestScope & Omit<Parts, 'prisma'> & ReturnType<typeof createLoaders> & { now: () => Date };

export function createContext(scope: RequestScope, { prisma, ...parts }: Parts): Context {
  return { ...scope, ...parts, ...createLoaders(prisma), now: () => new Date() };
}

function createLoaders(prisma: PrismaClient) {
  const reader = createUserReader(prisma);
  const users = byKey(reader.byIds, ({ id }) => id);
  return {
    userById: {
      /** A wrong id fails its own field here, before it could fail the whole batch. */
      load: async (id: string) => {
        requireUuid('usr', id);
        return users.load(id);
      },
    },
    addressesOfUser: groupedByKey(reader.addressesOf, ({ userId }) => userId),
    listUsers: reader.page,
  };
}
