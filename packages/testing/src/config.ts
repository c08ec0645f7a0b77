import type { Server, ServerName } from './test-servers.ts';

const VARIABLES: Record<ServerName, readonly string[]> = {
  postgres: ['TEST_POSTGRES_URL'],
  redis: ['TEST_REDIS_URL', 'REDIS_URL'],
  kafka: ['TEST_KAFKA_BROKERS', 'KAFKA_BROKERS'],
};

/** The servers that the environment names: put there by `npm test`, or by a person who has some running. */
export function givenServers(env: NodeJS.ProcessEnv = process.env): Partial<Record<ServerName, Server>> {
  return {
    ...given(env, 'postgres'),
    ...given(env, 'redis'),
    ...given(env, 'kafka'),
  };
}

/** The same as variables, for a process that calls `givenServers`. */
export function asEnvironment(servers: Record<ServerName, Server>): Record<string, string> {
  return { ...variable('postgres', servers), ...variable('redis', servers), ...variable('kafka', servers) };
}

function given(env: NodeJS.ProcessEnv, name: ServerName): Partial<Record<ServerName, Server>> {
  const address = VARIABLES[name].map((variable) => env[variable]).find(Boolean);
  if (address) return { [name]: { address } };
  const unavailable = env[unavailableVariable(name)];
  return unavailable ? { [name]: { unavailable } } : {};
}

function variable(name: ServerName, servers: Record<ServerName, Server>): Record<string, string> {
  const server = servers[name];
  if ('unavailable' in server) return { [unavailableVariable(name)]: server.unavailable };
  return { [VARIABLES[name][0] ?? name]: server.address };
}

const unavailableVariable = (name: ServerName) => `TEST_${name.toUpperCase()}_UNAVAILABLE`;
