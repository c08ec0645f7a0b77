export const DATABASES = ['users', 'products', 'orders'] as const;

/** A database of ours: a folder of `prisma/`. */
export type DatabaseName = (typeof DATABASES)[number];

/** The variable in which a database's URL is given. */
export function databaseVariable(name: DatabaseName): string {
  return `${name.toUpperCase()}_DATABASE_URL`;
}
