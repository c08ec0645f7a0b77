import { type DatabaseName, runPrisma } from './migrate.ts';

/** `node prisma-generate.ts users`: writes a database's Prisma client. It needs no database and no download. */
const names: readonly DatabaseName[] = ['users', 'products', 'orders'];
const name = names.find((known) => known === process.argv[2]);
if (!name) throw new Error(`name a database: ${names.join(', ')}`);
const { code, output } = await runPrisma(name, 'postgresql://none', ['generate', '--no-hints']);
if (code !== 0) {
  process.stderr.write(output);
  process.exitCode = 1;
}
