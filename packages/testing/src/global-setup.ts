import type { TestProject } from 'vitest/node';
import { givenServers } from './config.ts';
import { type Server, type ServerName, startTestServers } from './test-servers.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    servers: Record<ServerName, Server>;
  }
}

/**
 * Vitest's global setup of the integration tests. `npm test` has started the servers before; a run of vitest alone gets
 * PostgreSQL and Redis from here, and Kafka only when KAFKA_BROKERS names one, because it takes seconds to start.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const kafka = { unavailable: 'only npm test starts it' };
  const { servers, stop } = await startTestServers({ kafka, ...givenServers() });
  project.provide('servers', servers);
  return stop;
}
