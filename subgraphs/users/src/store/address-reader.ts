import { requireUuid } from '@entrepot/kernel/ids';
import type { Address } from '../domain/address.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { toAddress } from './address-rows.ts';

export function createAddressReader(prisma: PrismaClient) {
  return {
    async byIds(ids: readonly string[]): Promise<Address[]> {
      const id = { in: ids.map((key) => requireUuid('addr', key)) };
      return (await prisma.address.findMany({ where: { id } })).map(toAddress);
    },
    /** Oldest first. */
    async ofUsers(userIds: readonly string[]): Promise<Address[]> {
      const userId = { in: userIds.map((key) => requireUuid('usr', key)) };
      return (await prisma.address.findMany({ where: { userId }, orderBy: { id: 'asc' } })).map(toAddress);
    },
  };
}
