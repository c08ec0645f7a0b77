import { randomUUID } from 'node:crypto';
import { type EventLogConfig, openEventLog } from '@entrepot/events/open-event-log';
import { newUuid, typeId } from '@entrepot/kernel/ids';
import { createLogger } from '@entrepot/telemetry/logger';
import { createTestDatabase } from '@entrepot/testing/test-database';
import { expect, onTestFinished } from 'vitest';
import { type Env, startCachedShop } from './cached-shop.ts';
import { startTestGateway } from './fixture.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

/** A log of its own, in tables. */
export async function createTableLog() {
  const database = await createTestDatabase('empty');
  onTestFinished(() => database.drop());
  return { database, env: { EVENTS_DATABASE_URL: database.url } };
}

/** A shop whose changes can be told by events. */
export async function startShopWithEvents(env: Env & EventLogConfig) {
  const log = await openEventLog(env, 'test', logger);
  onTestFinished(() => log.close());
  const shop = await startCachedShop(env);
  const open = async () => {
    const { ask, metric } = await startTestGateway(shop.supergraph, env);
    await isFollowing(metric);
    return { ask, metric };
  };
  await isFollowing(shop.metric);
  const publish = (purges: string[]) =>
    log.publish([
      {
        topic: 'catalogue',
        key: randomUUID(),
        envelope: {
          specversion: '1.0',
          id: typeId('evt', newUuid()),
          source: 'test',
          type: 'somebody.did-something.v1',
          subject: 'x',
          time: new Date().toISOString(),
          datacontenttype: 'application/json',
          purges,
          data: {},
        },
      },
    ]);
  return { ...shop, open, publish };
}

async function isFollowing(metric: (name: string) => Promise<number>): Promise<void> {
  await expect.poll(() => metric('cache_events_live'), { timeout: 30_000 }).toBe(1);
  await expect.poll(() => metric('cache_ready')).toBe(1);
}
