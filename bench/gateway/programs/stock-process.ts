import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** Stock @apollo/gateway under stock @apollo/server, as their documentation starts them; packages come from the working directory. */
const load = createRequire(join(process.cwd(), 'package.json'));
const { values } = parseArgs({
  options: {
    supergraph: { type: 'string', default: '' },
    port: { type: 'string', default: '0' },
    cache: { type: 'string', default: 'none' },
    redis: { type: 'string', default: '' },
  },
});

const { ApolloServer } = load('@apollo/server');
const { startStandaloneServer } = load('@apollo/server/standalone');
const { ApolloGateway, RemoteGraphQLDataSource } = load('@apollo/gateway');

type Sent = { request: { http: { headers: Map<string, string> } }; context: { authorization?: string } };
type Received = { req: { headers: { authorization?: string } } };

function willSendRequest({ request, context }: Sent): void {
  // Absent while the gateway looks whether its subgraphs are well.
  if (context.authorization) request.http.headers.set('authorization', context.authorization);
}

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(values.supergraph, 'utf8'),
  buildService: ({ url }: { url: string }) => Object.assign(new RemoteGraphQLDataSource({ url }), { willSendRequest }),
});
const server = new ApolloServer({
  gateway,
  ...(values.cache === 'redis' && { cache: openRedis(values.redis) }),
  plugins: values.cache === 'none' ? [] : [load('@apollo/server-plugin-response-cache').default()],
});
await startStandaloneServer(server, {
  listen: { port: Number(values.port), host: '127.0.0.1' },
  context: async ({ req }: Received) => ({ authorization: req.headers.authorization }),
});

function openRedis(url: string): unknown {
  const { KeyvAdapter } = load('@apollo/utils.keyvadapter');
  const Keyv = load('keyv').default;
  const KeyvRedis = load('@keyv/redis').default;
  return new KeyvAdapter(new Keyv({ store: new KeyvRedis(url) }));
}
