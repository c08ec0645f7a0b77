import type { ApolloServerPlugin } from '@apollo/server';
import type { Viewer } from '@entrepot/kernel/viewer';
import type { CacheTags } from './cache-tags.ts';

type Context = { viewer: Viewer | undefined; cacheTags: CacheTags };

/** For how long after its time an answer will do: while it is made anew, and while it cannot be. What was purged never does. */
const STALE = 'stale-while-revalidate=60, stale-if-error=600';

/**
 * Sends along what the answer was made of (`extensions.cacheTags`, and `entityCacheTags` for each of several entities), and keeps it out of shared caches where the schema's
 * hints cannot know: the back office sees more than shoppers do, so nothing that it is shown is public.
 */
export function cachePolicy<C extends Context>(): ApolloServerPlugin<C> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ contextValue, response, overallCachePolicy }) {
          if (response.body.kind !== 'single') return;
          const { singleResult } = response.body;
          const tags = contextValue.cacheTags.all();
          if (contextValue.viewer && contextValue.viewer.roles.length > 0)
            overallCachePolicy.restrict({ scope: 'PRIVATE' });
          if (tags === undefined || singleResult.errors?.length) overallCachePolicy.restrict({ maxAge: 0 });
          const policy = overallCachePolicy.policyIfCacheable();
          if (!policy) {
            response.http.headers.set('cache-control', 'no-store');
            return;
          }
          response.http.headers.set(
            'cache-control',
            `max-age=${policy.maxAge}, ${policy.scope.toLowerCase()}, ${STALE}`,
          );
          if (!tags || tags.length === 0) return;
          singleResult.extensions = { ...singleResult.extensions, cacheTags: tags };
          const entities = singleResult.data?._entities;
          if (Array.isArray(entities) && entities.length > 1)
            singleResult.extensions.entityCacheTags = contextValue.cacheTags.ofEntities(entities.length);
        },
      };
    },
  };
}
