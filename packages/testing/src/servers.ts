import { describe, inject } from 'vitest';
import './global-setup.ts';
import type { Server, ServerName } from './test-servers.ts';

const NAMES: Record<ServerName, string> = { postgres: 'PostgreSQL', redis: 'Redis', kafka: 'Kafka' };

/** Where a test's server is, or why there is none. */
export function serverFor(name: ServerName): Server {
  // Undefined in a project without our global setup, whatever its type says.
  const servers: Record<ServerName, Server> | undefined = inject('servers');
  return servers?.[name] ?? { unavailable: 'only *.int.test.ts files below a test/ folder have servers' };
}

/**
 * A `describe` whose tests need a real server. Without it they are skipped, and `npm test` says so at its end, with the
 * reason it finds in the title. `tests` gets the server's address, which is empty while only the titles are read.
 */
export function describeWith(name: 'redis' | 'kafka', title: string, tests: (address: string) => void): void {
  const server = serverFor(name);
  if ('address' in server) {
    describe(title, () => tests(server.address));
    return;
  }
  describe.skip(`${title} (no ${NAMES[name]}: ${server.unavailable})`, () => tests(''));
}
