import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@entrepot/stack/config';
import { startStack } from '@entrepot/stack/stack';
import type { TestProject } from 'vitest/node';

export type SharedStack = {
  url: string;
  services: Record<string, string>;
  databases: Record<'users' | 'products' | 'orders', string>;
  eventsDatabase: string | undefined;
  logDir: string;
  admin: { email: string; password: string };
};

declare module 'vitest' {
  export interface ProvidedContext {
    stack: SharedStack;
  }
}

/** One whole shop as real processes for all end-to-end tests; each makes the products and people it needs. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'entrepot-e2e-'));
  const free = { PORT: '0', USERS_PORT: '0', PRODUCTS_PORT: '0', ORDERS_PORT: '0', POSTGRES_PORT: '0' };
  const config = loadConfig({ ...free, DATA_DIR: dataDir });
  const stack = await startStack({ config, emptyCatalogue: true });
  project.provide('stack', {
    url: `${stack.url}/`,
    services: Object.fromEntries(stack.services.map(({ name, url }) => [name, url])),
    databases: { ...stack.databases },
    eventsDatabase: stack.eventsDatabase,
    logDir: join(dataDir, 'logs'),
    admin: stack.admin,
  });
  return async () => {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
