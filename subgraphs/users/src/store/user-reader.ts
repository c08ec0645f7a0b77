import { decodeCursor, encodeCursor } from '@entrepot/kernel/cursor';
import { Fault } from '@entrepot/kernel/fault';
import { requireUuid, typeId } from '@entrepot/kernel/ids';
import { type Connection, type Page, toConnection } from '@entrepot/kernel/page';
import { isRole } from '@entrepot/kernel/viewer';
import type { Address } from '../domain/address.ts';
import type { User } from '../domain/user.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { AddressModel as AddressRow, UserModel as UserRow } from '../generated/prisma/models.ts';

const LIST = 'users by newest';

/** Reads users and their addresses, by keys or in pages. */
export function createUserReader(prisma: PrismaClient) {
  return {
    async byIds(ids: readonly string[]): Promise<User[]> {
      const rows = await prisma.user.findMany({ where: { id: { in: ids.map((id) => requireUuid('usr', id)) } } });
      return rows.map(toUser);
    },
    async addressesOf(userIds: readonly string[]): Promise<(Address & { userId: string })[]> {
      const userId = { in: userIds.map((id) => requireUuid('usr', id)) };
      const rows = await prisma.address.findMany({ where: { userId }, orderBy: { id: 'asc' } });
      return rows.map((row) => ({ ...toAddress(row), userId: typeId('usr', row.userId) }));
    },
    /** Users newest first; only the one with `email` when it is given. */
    async page(page: Page, email: string | undefined): Promise<Connection<User>> {
      const after = page.after === undefined ? undefined : position(page.after);
      const rows = await prisma.user.findMany({
        where: {
          ...(email !== undefined && { email: { equals: email, mode: 'insensitive' } }),
          ...(after && {
            OR: [{ createdAt: { lt: after.createdAt } }, { createdAt: after.createdAt, id: { lt: after.id } }],
          }),
        },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: page.limit + 1,
      });
      return toConnection({
        rows: rows.map(toUser),
        page,
        cursorOf: ({ createdAt, id }) => encodeCursor(LIST, [createdAt.toISOString(), id]),
      });
    },
  };
}

function position(cursor: string): { createdAt: Date; id: string } {
  const [createdAt, id] = decodeCursor(LIST, cursor);
  const date = new Date(createdAt ?? '');
  if (typeof id !== 'string' || Number.isNaN(date.getTime()))
    throw new Fault('INVALID_CURSOR', 'the cursor is not of this list');
  return { createdAt: date, id: requireUuid('usr', id) };
}

export function toUser(row: UserRow): User {
  return {
    id: typeId('usr', row.id),
    kind: row.kind === 'GUEST' ? 'GUEST' : 'CUSTOMER',
    email: row.email,
    displayName: row.displayName,
    roles: row.roles.filter(isRole),
    createdAt: row.createdAt,
  };
}

export function toAddress({
  id,
  recipient,
  lines,
  city,
  region,
  postalCode,
  countryCode,
  isDefault,
}: AddressRow): Address {
  return { id: typeId('addr', id), recipient, lines, city, region, postalCode, countryCode, isDefault };
}
