import { type SqlExecutor, withTransaction } from '@entrepot/database/transaction';
import { event } from '@entrepot/events/contract';
import { UserChanged } from '@entrepot/events/contracts/users';
import { appendToOutbox } from '@entrepot/events/outbox';
import { Fault } from '@entrepot/kernel/fault';
import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import type { Pool } from 'pg';
import {
  type Address,
  type AddressFields,
  changeAddress,
  findAddress,
  readAddress,
  requireRoom,
} from '../domain/address.ts';
import { ADDRESS_COLUMNS, type AddressRow, toAddress } from './address-rows.ts';

type Book = { tx: SqlExecutor; userUuid: string; addresses: readonly Address[] };

/** Writes address books; each write locks its user, so that an address book changes one request at a time. */
export function createAddressStore(pool: Pool, afterCommit: () => void) {
  const write = async <T>(userId: string, act: (book: Book) => Promise<T>): Promise<T> => {
    const userUuid = requireUuid('usr', userId);
    const result = await withTransaction(pool, async (tx) => {
      await lockUser(tx, userUuid);
      const { rows } = await tx.query<AddressRow>(
        `SELECT ${ADDRESS_COLUMNS} FROM "address" WHERE "user_id" = $1 ORDER BY "id"`,
        [userUuid],
      );
      const done = await act({ tx, userUuid, addresses: rows.map(toAddress) });
      await appendToOutbox(tx, [event(UserChanged, { userId })]);
      return done;
    });
    afterCommit();
    return result;
  };

  return {
    /** The first address is the default, asked for or not. @throws Rejection INVALID_ADDRESS or TOO_MANY_ADDRESSES */
    add: async (userId: string, given: AddressFields, asDefault: boolean, now: Date): Promise<Address> => {
      const fields = readAddress(given);
      return write(userId, async ({ tx, userUuid, addresses }) => {
        requireRoom(addresses);
        const isDefault = asDefault || addresses.length === 0;
        if (isDefault) await clearDefault(tx, userUuid);
        const uuid = newUuid(now);
        await tx.query(
          `INSERT INTO "address" ("id", "recipient", "lines", "city", "region", "postal_code", "country_code", "is_default",
             "user_id", "created_at") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
          [uuid, ...values(fields), isDefault, userUuid, now],
        );
        return { ...fields, id: typeId('addr', uuid), userId, isDefault };
      });
    },

    /** @throws Rejection NOT_FOUND or INVALID_ADDRESS */
    update: async (
      userId: string,
      id: string,
      change: Partial<AddressFields>,
      asDefault: boolean,
    ): Promise<Address> => {
      const uuid = requireUuid('addr', id);
      return write(userId, async ({ tx, userUuid, addresses }) => {
        const known = findAddress(addresses, id);
        const changed = { ...changeAddress(known, change), isDefault: known.isDefault || asDefault };
        if (changed.isDefault && !known.isDefault) await clearDefault(tx, userUuid);
        await tx.query(
          `UPDATE "address" SET "recipient" = $2, "lines" = $3, "city" = $4, "region" = $5, "postal_code" = $6,
             "country_code" = $7, "is_default" = $8 WHERE "id" = $1`,
          [uuid, ...values(changed), changed.isDefault],
        );
        return changed;
      });
    },

    /** Removing the default makes the oldest that is left the default. @throws Rejection NOT_FOUND */
    remove: async (userId: string, id: string): Promise<void> => {
      const uuid = requireUuid('addr', id);
      return write(userId, async ({ tx, userUuid, addresses }) => {
        const { isDefault } = findAddress(addresses, id);
        await tx.query('DELETE FROM "address" WHERE "id" = $1', [uuid]);
        if (!isDefault) return;
        await tx.query(
          `UPDATE "address" SET "is_default" = true
           WHERE "id" = (SELECT "id" FROM "address" WHERE "user_id" = $1 ORDER BY "id" LIMIT 1)`,
          [userUuid],
        );
      });
    },
  };
}

/** NO KEY, so that the same user may log in meanwhile. */
async function lockUser(tx: SqlExecutor, userUuid: string): Promise<void> {
  const { rowCount } = await tx.query('SELECT FROM "user" WHERE "id" = $1 FOR NO KEY UPDATE', [userUuid]);
  if (rowCount === 0) throw new Fault('UNAUTHENTICATED', 'the user of this access token is gone: log in again');
}

async function clearDefault(tx: SqlExecutor, userUuid: string): Promise<void> {
  await tx.query('UPDATE "address" SET "is_default" = false WHERE "user_id" = $1 AND "is_default"', [userUuid]);
}

const values = ({ recipient, lines, city, region, postalCode, countryCode }: AddressFields) => [
  recipient,
  lines,
  city,
  region,
  postalCode,
  countryCode,
];
