import { type DatabaseName, databaseVariable } from './names.ts';

/** What a program that we start gets of our own environment; nothing else of it, so no secret travels by accident. */
export function inheritedEnvironment(
  names: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** Where the schema engine finds its database when the CLI does not tell. */
export function databaseUrl(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env.DATABASE_URL;
}

/** The databases that the environment names, of those asked for. */
export function databaseUrls(
  names: readonly DatabaseName[],
  env: NodeJS.ProcessEnv = process.env,
): ReadonlyMap<DatabaseName, string> {
  return new Map(
    names.flatMap((name) => {
      const url = env[databaseVariable(name)];
      return url ? [[name, url] as const] : [];
    }),
  );
}
