import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { EventLogConfig } from '../open-event-log.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const Environment = z.object({
  KAFKA_BROKERS: z.string().min(1).optional(),
  EVENTS_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  POSTGRES_PORT: z.coerce.number().int().default(4032),
});

/** Where the event log is: as the environment says, else that of the shop that `npm start` runs from this checkout. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): EventLogConfig {
  const { data, error } = Environment.safeParse(env);
  if (error) throw new Error(`invalid environment\n${z.prettifyError(error)}`);
  const { KAFKA_BROKERS, EVENTS_DATABASE_URL } = data;
  if (KAFKA_BROKERS !== undefined || EVENTS_DATABASE_URL !== undefined) return { KAFKA_BROKERS, EVENTS_DATABASE_URL };
  const passwordFile = join(ROOT, data.DATA_DIR, 'postgres.password');
  if (!existsSync(passwordFile))
    throw new Error('there is no event log: set KAFKA_BROKERS or EVENTS_DATABASE_URL, or run npm start first');
  const password = readFileSync(passwordFile, 'utf8').trim();
  return { EVENTS_DATABASE_URL: `postgres://entrepot:${password}@127.0.0.1:${data.POSTGRES_PORT}/events` };
}
