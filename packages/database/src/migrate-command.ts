import { relative } from 'node:path';
import { databaseUrls } from './config.ts';
import { migrate } from './migrate.ts';
import { DATABASES, type DatabaseName, databaseVariable } from './names.ts';
import { writeNewMigration } from './new-migration.ts';

const USAGE = `npm run migrate                         bring the databases of ${DATABASES.map(databaseVariable).join(', ')} up to date
npm run migrate -- orders               only this one
npm run migrate -- new orders a_title   write the migration that prisma/orders/schema.prisma asks for`;

/** `npm run migrate`: what runs before a release, and what writes a new migration. Needs no network. */
async function main(args: readonly string[]): Promise<number> {
  const [first, second, title] = args;
  if (first === 'new') return isDatabase(second) && isTitle(title) ? write(second, title) : usage();
  const unknown = args.find((arg) => !isDatabase(arg));
  if (unknown !== undefined) return usage();
  return deploy(args.length === 0 ? DATABASES : args.filter(isDatabase));
}

async function deploy(names: readonly DatabaseName[]): Promise<number> {
  const urls = databaseUrls(names);
  const missing = names.filter((name) => urls.get(name) === undefined).map(databaseVariable);
  if (missing.length > 0)
    throw new Error(`set ${missing.join(', ')}: the databases to migrate (npm start migrates its own)`);
  const outcomes = await Promise.allSettled(
    [...urls].map(async ([name, url]) => {
      await migrate({ name, url });
      console.log(`${name} is up to date`);
    }),
  );
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  for (const failure of failures) console.error(say(failure));
  return failures.length === 0 ? 0 : 1;
}

async function write(name: DatabaseName, title: string): Promise<number> {
  const file = await writeNewMigration(name, title, new Date());
  console.log(
    file === undefined
      ? `nothing to do: the migrations of ${name} lead to its schema.prisma`
      : `${relative(process.cwd(), file)} is written: read it, add what Prisma cannot know (constraints, partitions), commit it`,
  );
  return 0;
}

function usage(): number {
  console.error(USAGE);
  return 1;
}

const isDatabase = (text: string | undefined): text is DatabaseName => DATABASES.some((name) => name === text);
const isTitle = (text: string | undefined): text is string => text !== undefined && /^[a-z][a-z0-9_]*$/.test(text);
const say = (error: unknown) => (error instanceof Error ? error.message : String(error));

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(say(error));
  return 1;
});
