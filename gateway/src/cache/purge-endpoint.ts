import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CacheStore } from '@entrepot/cache/cache-store';
import { parseJson, readBody } from '@entrepot/http/body';
import { sendJson } from '@entrepot/http/respond';
import { header } from '@entrepot/http/server';
import { Fault } from '@entrepot/kernel/fault';
import type { Logger } from '@entrepot/telemetry/logger';
import { z } from 'zod';
import { withUnnamed } from './keeping.ts';

export const PURGE_PATH = '/cache/purge';

const MAX_BODY_BYTES = 256 * 1024;
const name = z.string().min(1).max(500);
const Purge = z.union([
  z.strictObject({ tags: z.array(name).min(1).max(1_000) }),
  z.strictObject({ type: name, id: name.optional() }),
  z.strictObject({ everything: z.literal(true) }),
]);

export type PurgeEndpointOptions = {
  store: CacheStore;
  /** What operators show as a bearer token. */
  credential: string;
  onPurged: (tags: number) => void;
  logger: Logger;
};

/**
 * Lets operators purge what no event has named: `{"type":"Product"}`, `{"type":"Product","id":"prod_…"}`, `{"tags":[…]}` or
 * `{"everything":true}`. What is kept in Redis goes for all gateways, what is kept in processes for all workers of this one.
 */
export function createPurgeEndpoint({ store, credential, onPurged, logger }: PurgeEndpointOptions) {
  const wanted = digest(`Bearer ${credential}`);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!timingSafeEqual(digest(header(request, 'authorization') ?? ''), wanted))
      throw new Fault('UNAUTHENTICATED', 'purging needs the operators’ credential');
    if (request.method !== 'POST') throw new Fault('METHOD_NOT_ALLOWED', 'purging is asked for by POST');
    const { data: purge } = Purge.safeParse(parseJson(await readBody(request, MAX_BODY_BYTES)));
    if (!purge)
      throw new Fault(
        'INVALID_ARGUMENT',
        'say what to purge: {"type": …}, {"type": …, "id": …}, {"tags": […]} or {"everything": true}',
      );
    try {
      if ('everything' in purge) await store.clear();
      else await store.purge([...withUnnamed(tagsOf(purge))]);
    } catch (error) {
      // It stays owed, and nothing that it names is served from here; but others may not know of it yet.
      throw new Fault('UNAVAILABLE', 'not all that was to be purged is known to be gone; ask again', { cause: error });
    }
    if (!('everything' in purge)) onPurged(tagsOf(purge).length);
    logger.info({ purge }, 'an operator purged the cache');
    sendJson(response, 200, { purged: purge }, { 'cache-control': 'no-store' });
  };
}

function tagsOf(purge: { tags: string[] } | { type: string; id?: string | undefined }): string[] {
  if ('tags' in purge) return purge.tags;
  // The lists of a type have its name; everything of it has the name with a star (see keeping.ts).
  return purge.id === undefined ? [purge.type, `${purge.type}:*`] : [`${purge.type}:${purge.id}`];
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
