import { typeId } from '@entrepot/kernel/ids';
import { isRole } from '@entrepot/kernel/viewer';
import type { User } from '../domain/user.ts';

/** A row of "user" as SQL returns it. */
export type UserRow = {
  id: string;
  kind: string;
  email: string;
  display_name: string;
  roles: string[];
  created_at: Date;
};
export const USER_COLUMNS = '"id", "kind", "email", "display_name", "roles", "created_at"';

export function toUser(row: UserRow): User {
  return {
    id: typeId('usr', row.id),
    kind: row.kind === 'GUEST' ? 'GUEST' : 'CUSTOMER',
    email: row.email,
    displayName: row.display_name,
    roles: row.roles.filter(isRole),
    createdAt: row.created_at,
  };
}
