import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type AcceptedBreak, readAcceptedBreaks } from './accepted-breaks.ts';
import { checkSchema, type SchemaFolder } from './check.ts';
import { loadConfig } from './config.ts';
import { type Base, findBase, schemaAt } from './git-base.ts';
import type { Problem } from './problem.ts';
import { forAnnotations, forPeople } from './report.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'schema');

/** `npm run schema:check`: 0 all well, 1 problems, 2 it could not be told. */
function main(): number {
  const { values } = parseArgs({ options: { base: { type: 'string' } } });
  const base = findBase(root, values.base);
  if (!base && values.base !== undefined)
    throw new Error(`there is no commit "${values.base}" here; git fetch it first`);
  const before = base && schemaAt(root, base.commit);
  const { problems, operations } = checkSchema({
    now: schemaNow(),
    base: before,
    accepted: acceptedBreaks(),
    today: new Date().toISOString().slice(0, 10),
  });
  return report([...problems, ...uncompared(base, before)], operations, base);
}

function report(problems: readonly Problem[], operations: number, base: Base | undefined): number {
  for (const line of forPeople(problems)) console.log(line);
  if (loadConfig().annotate) for (const line of forAnnotations(problems)) console.log(line);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const compared = base ? `compared with ${base.commit.slice(0, 10)} (${base.why})` : 'compared with nothing';
  console.log(
    `${errors === 0 ? 'The schema is well' : 'The schema needs mending'}: ${errors} errors, ${warnings} warnings, ${operations} known operations, ${compared}.`,
  );
  return errors === 0 ? 0 : 1;
}

/** That nothing was compared must be seen: otherwise a clone without the base branch would pass every break. */
function uncompared(base: Base | undefined, before: SchemaFolder | undefined): Problem[] {
  const warn = (message: string): Problem[] => [{ severity: 'warning', rule: 'base-unavailable', message }];
  if (!base)
    return warn(
      'breaking changes were NOT looked for: this clone has no origin/main, no main and no commit before HEAD; fetch one, or name it with --base',
    );
  if (before?.supergraph === undefined)
    return warn(`breaking changes were NOT looked for: ${base.commit.slice(0, 10)} has no schema/supergraph.graphql`);
  return [];
}

function schemaNow(): SchemaFolder {
  const supergraph = join(folder, 'supergraph.graphql');
  const operations = join(folder, 'operations');
  return {
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    supergraph: existsSync(supergraph) ? readFileSync(supergraph, 'utf8') : undefined,
    operations: readdirSync(operations)
      .filter((file) => file.endsWith('.graphql'))
      .sort()
      .map((file) => ({ file: `schema/operations/${file}`, text: readFileSync(join(operations, file), 'utf8') })),
  };
}

function acceptedBreaks(): readonly AcceptedBreak[] {
  const file = join(folder, 'accepted-breaks.json');
  return existsSync(file) ? readAcceptedBreaks(readFileSync(file, 'utf8')) : [];
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`schema:check could not run: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
