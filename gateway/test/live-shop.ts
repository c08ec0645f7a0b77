import { randomUUID } from 'node:crypto';
import { openTableLog } from '@entrepot/events/table-log/table-log';
import { newUuid, typeId } from '@entrepot/kernel/ids';
import { createLogger } from '@entrepot/telemetry/logger';
import { createTestDatabase } from '@entrepot/testing/test-database';
import { expect, onTestFinished } from 'vitest';
import { bearer, compose, startIssuer, startSubgraph, startTestGateway } from './fixture.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

const SHOP = `
  extend schema
    @link(url: "https://entrepot.example/live/v1.0", import: ["@live"])
    @federation__composeDirective(name: "@live")
  directive @live(query: String!, on: [String!]!) on FIELD_DEFINITION
  type Query { good(id: ID!): Good parcel(id: ID!): Parcel }
  type Mutation { touch(id: ID!): Good }
  type Subscription {
    goodChanged(id: ID!, initial: Boolean! = false): Good @live(query: "good", on: ["good.*"])
    parcelChanged(id: ID, initial: Boolean! = false): Parcel @live(query: "parcel", on: ["parcel.*"])
  }
  type Good @key(fields: "id") { id: ID! level: Int! text: String }
  type Parcel @key(fields: "id") { id: ID! step: Int! }
`;
const MAKERS = 'type Query { makers: Int } type Good @key(fields: "id") { id: ID! maker: String }';

/** A gateway over the live graph, with what it takes to change things there. */
export async function startLiveShop(env: Record<string, string> = {}) {
  const graph = await startLiveGraph();
  const gateway = await startTestGateway(graph.supergraph, { ...graph.env, ...env });
  await expect.poll(() => gateway.metric('cache_events_live'), { timeout: 20_000 }).toBe(1);
  return { ...graph, ...gateway, running: () => gateway.metric('subscriptions_running') };
}

/** A shop whose goods everybody sees, and whose parcels only their owners: with an event log that a test writes to. */
export async function startLiveGraph() {
  const database = await createTestDatabase('empty');
  onTestFinished(() => database.drop());
  const log = await openTableLog({ databaseUrl: database.url, clientId: 'test', logger });
  onTestFinished(() => log.close());
  const issuer = await startIssuer();
  const levels = new Map<string, number>();
  const texts = new Map<string, string>();
  const parcels = new Map<string, { id: string; step: number; owner: string }>();
  /** Answers about parcels, of the time when they were asked for, are given when the test says so. */
  const held: { isHolding: boolean; answers: (() => void)[] } = { isHolding: false, answers: [] };
  const good = (id: string) => (levels.has(id) ? { id, level: levels.get(id), text: texts.get(id) ?? null } : null);
  const shop = await startSubgraph('shop', SHOP, {
    Query: {
      good: (_, { id }, scope) => {
        scope.cacheControl = 'max-age=60, public';
        scope.tags.add(`Good:${id}`);
        return good(id);
      },
      parcel: async (_, { id }, scope) => {
        scope.cacheControl = 'no-store';
        const parcel = parcels.get(id);
        if (held.isHolding) await new Promise<void>((answer) => held.answers.push(answer));
        return parcel?.owner === scope.viewer?.id ? parcel : null;
      },
    },
    Mutation: { touch: (_, { id }) => good(id) },
    Good: { __resolveReference: ({ id }) => good(id) },
  });
  const makers = await startSubgraph('makers', MAKERS, {
    Good: {
      __resolveReference: (reference) => reference,
      maker: ({ id }, _, scope) => {
        scope.cacheControl = 'max-age=60, public';
        return `Maker of ${id}`;
      },
    },
  });
  const publish = (events: readonly { type: string; purges: string[]; audience?: string[] }[]) =>
    log.publish(
      events.map(({ type, purges, audience }) => ({
        topic: 'catalogue',
        key: purges[0] ?? randomUUID(),
        envelope: {
          specversion: '1.0',
          id: typeId('evt', newUuid()),
          source: 'test',
          type,
          subject: 'x',
          time: new Date().toISOString(),
          datacontenttype: 'application/json',
          purges,
          ...(audience && { audience }),
          data: {},
        },
      })),
    );
  return {
    supergraph: compose(shop, makers),
    database,
    env: { JWKS_URL: issuer.url, EVENTS_DATABASE_URL: database.url },
    shop,
    levels,
    texts,
    parcels,
    held,
    publish,
    setLevel: async (id: string, level: number) => {
      levels.set(id, level);
      await publish([{ type: 'good.changed.v1', purges: [`Good:${id}`] }]);
    },
    setStep: async (id: string, owner: string, step: number) => {
      parcels.set(id, { id, owner, step });
      await publish([{ type: 'parcel.moved.v1', purges: [`Parcel:${id}`], audience: [owner] }]);
    },
    as: async (id: string, options: { expiresIn?: string | number } = {}) =>
      bearer(await issuer.token(id, [], options)).authorization,
  };
}
