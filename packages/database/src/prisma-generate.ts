import { DATABASES } from './names.ts';
import { lastWords, runPrisma } from './prisma-cli.ts';

/** `node prisma-generate.ts users`: writes a database's Prisma client. It needs no database and no download. */
const name = DATABASES.find((known) => known === process.argv[2]);
if (!name) throw new Error(`name a database: ${DATABASES.join(', ')}`);
const run = await runPrisma(name, 'postgresql://none', ['generate', '--no-hints']);
if (run.code !== 0) {
  process.stderr.write(`${lastWords(run)}\n`);
  process.exitCode = 1;
}
