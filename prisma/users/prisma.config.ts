import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  // Generating a client needs no database, so the variable may be missing then.
  datasource: { url: process.env.USERS_DATABASE_URL ?? '' },
});
