import { typeId } from '@entrepot/kernel/ids';
import type { Address } from '../domain/address.ts';
import type { AddressModel } from '../generated/prisma/models.ts';

/** A row of "address"; statements in SQL return the same names as Prisma does. */
export type AddressRow = Omit<AddressModel, 'createdAt'>;
export const ADDRESS_COLUMNS = `"id", "user_id" AS "userId", "recipient", "lines", "city", "region",
  "postal_code" AS "postalCode", "country_code" AS "countryCode", "is_default" AS "isDefault"`;

export function toAddress(row: AddressRow): Address {
  const { recipient, lines, city, region, postalCode, countryCode, isDefault } = row;
  return {
    id: typeId('addr', row.id),
    userId: typeId('usr', row.userId),
    recipient,
    lines,
    city,
    region,
    postalCode,
    countryCode,
    isDefault,
  };
}
