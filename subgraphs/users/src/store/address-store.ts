import { type SqlExecutor, withTransaction } from '@entrepot/database/transaction';
import { event } from '@entrepot/events/contract';
import { UserChanged } from '@entrepot/events/contracts/users';
import { appendToOutbox } from '@entrepot/events/outbox';
import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import { Rejection } from '@entrepot/kernel/rejection';
import type { Pool } from 'pg';
import { type Address, type AddressFields, checkAddress, MAX_ADDRESSES } from '../domain/address.ts';

type Row = {
  id: string;
  recipient: string;
  lines: string[];
  city: string;
  region: string | null;
  postal_code: string | null;
  country_code: string;
  is_default: boolean;
};

const COLUMNS = '"id", "recipient", "lines", "city", "region", "postal_code", "country_code", "is_default"';

/** Writes address books; each write locks its user, so that an address book changes one request at a time. */
export function createAddressStore(pool: Pool, afterCommit: () => void) {
  const write = async <T>(
    userId: string,
    act: (tx: SqlExecutor, userUuid: string, book: Address[]) => Promise<T>,
  ): Promise<T> => {
    const userUuid = requireUuid('usr', userId);
    const result = await withTransaction(pool, async (tx) => {
      await tx.query('SELECT FROM "user" WHERE "id" = $1 FOR UPDATE', [userUuid]);
      const { rows } = await tx.query<Row>(`SELECT ${COLUMNS} FROM "address" WHERE "user_id" = $1 ORDER BY "id"`, [
        userUuid,
      ]);
      const done = await act(tx, userUuid, rows.map(toAddress));
      await appendToOutbox(tx, [event(UserChanged, { userId })]);
      return done;
    });
    afterCommit();
    return result;
  };

  return {
    /** @throws Rejection INVALID_ADDRESS or TOO_MANY_ADDRESSES */
    add: (userId: string, fields: AddressFields, asDefault: boolean, now: Date): Promise<Address> => {
      checkAddress(fields);
      return write(userId, async (tx, userUuid, book) => {
        if (book.length >= MAX_ADDRESSES)
          throw new Rejection(
            'TOO_MANY_ADDRESSES',
            `the address book holds ${MAX_ADDRESSES} addresses: remove one first`,
          );
        const isDefault = asDefault || book.length === 0;
        if (isDefault) await clearDefault(tx, userUuid);
        const uuid = newUuid(now);
        await tx.query(
          `INSERT INTO "address" (${COLUMNS}, "user_id", "created_at") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
          [uuid, ...values(fields), isDefault, userUuid, now],
        );
        return { ...fields, id: typeId('addr', uuid), isDefault };
      });
    },

    /** @throws Rejection NOT_FOUND or INVALID_ADDRESS */
    update: (userId: string, id: string, change: Partial<AddressFields>, asDefault: boolean): Promise<Address> =>
      write(userId, async (tx, userUuid, book) => {
        const known = find(book, id);
        const changed: Address = { ...known, ...change, isDefault: known.isDefault || asDefault };
        checkAddress(changed);
        if (changed.isDefault && !known.isDefault) await clearDefault(tx, userUuid);
        await tx.query(
          `UPDATE "address" SET "recipient" = $2, "lines" = $3, "city" = $4, "region" = $5, "postal_code" = $6, "country_code" = $7,
             "is_default" = $8 WHERE "id" = $1`,
          [requireUuid('addr', id), ...values(changed), changed.isDefault],
        );
        return changed;
      }),

    /** Removing the default makes the oldest that is left the default. @throws Rejection NOT_FOUND */
    remove: (userId: string, id: string): Promise<void> =>
      write(userId, async (tx, userUuid, book) => {
        const known = find(book, id);
        await tx.query('DELETE FROM "address" WHERE "id" = $1', [requireUuid('addr', id)]);
        if (!known.isDefault) return;
        await tx.query(
          `UPDATE "address" SET "is_default" = true WHERE "id" = (SELECT "id" FROM "address" WHERE "user_id" = $1 ORDER BY "id" LIMIT 1)`,
          [userUuid],
        );
      }),
  };
}
export type AddressStore = ReturnType<typeof createAddressStore>;

function find(book: readonly Address[], id: string): Address {
  const known = book.find((address) => address.id === id);
  if (known) return known;
  throw new Rejection('NOT_FOUND', `you have no address ${id.slice(0, 60)}`, ['input', 'id']);
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

function toAddress(row: Row): Address {
  const { recipient, lines, city, region } = row;
  return {
    id: typeId('addr', row.id),
    recipient,
    lines,
    city,
    region,
    postalCode: row.postal_code,
    countryCode: row.country_code,
    isDefault: row.is_default,
  };
}
