import { seed as seedCatalogue } from '@entrepot/products/seed';
import { seedAdmin } from '@entrepot/users/seed-admin';

export type SeedOptions = {
  databases: Readonly<Record<'users' | 'products', string>>;
  admin: { email: string; password: string };
  /** Leave the catalogue empty. */
  emptyCatalogue: boolean;
};

/** Gives an empty shop its administrator and its catalogue; what is there already stays as it is. */
export async function seed({ databases, admin, emptyCatalogue }: SeedOptions): Promise<void> {
  await Promise.all([
    seedAdmin({ databaseUrl: databases.users, ...admin }),
    emptyCatalogue ? undefined : seedCatalogue(databases.products),
  ]);
}
