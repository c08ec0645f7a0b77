import { startKafkaInDocker, startRedisInDocker } from '@entrepot/servers/in-docker';
import { startKafka } from '@entrepot/servers/kafka';
import { startTestPostgres } from '@entrepot/servers/postgres';
import { startRedis } from '@entrepot/servers/redis';

export type ServerName = 'postgres' | 'redis' | 'kafka';

/** Where a server is, or why there is none. */
export type Server = { address: string } | { unavailable: string };

export type TestServers = { servers: Record<ServerName, Server>; stop(): Promise<void> };

type Started = { address: string; stop(): Promise<void> } | { unavailable: string };

/**
 * Starts the servers that tests run on, except those that are `given` (running already, or not wanted for a reason).
 * PostgreSQL must start; the others may be missing on this machine.
 */
export async function startTestServers(given: Partial<Record<ServerName, Server>>): Promise<TestServers> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.allSettled(stops.map((stopOne) => stopOne()));
  };
  const start = async (name: ServerName, act: () => Promise<Started>): Promise<Server> => {
    const known = given[name];
    if (known) return known;
    const started = await act();
    if ('unavailable' in started) return started;
    stops.push(started.stop);
    return { address: started.address };
  };
  const [postgres, redis, kafka] = await Promise.allSettled([
    start('postgres', startPostgresServer),
    start('redis', startRedisServer),
    start('kafka', startKafkaServer),
  ]);
  if (postgres.status === 'rejected' || redis.status === 'rejected' || kafka.status === 'rejected') {
    await stop();
    const [reason] = [postgres, redis, kafka].flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    throw reason;
  }
  return { servers: { postgres: postgres.value, redis: redis.value, kafka: kafka.value }, stop };
}

async function startPostgresServer(): Promise<Started> {
  const server = await startTestPostgres();
  return { address: server.url('postgres'), stop: server.stop };
}

async function startRedisServer(): Promise<Started> {
  const server = await startRedis();
  if ('unavailable' in server) return orInDocker(server.unavailable, startRedisInDocker);
  return { address: server.url, stop: server.stop };
}

async function startKafkaServer(): Promise<Started> {
  const server = await startKafka();
  if ('unavailable' in server) return orInDocker(server.unavailable, startKafkaInDocker);
  return { address: server.brokers, stop: server.stop };
}

/** What this machine has not itself, a Docker engine may bring. */
async function orInDocker(missing: string, start: () => Promise<Started>): Promise<Started> {
  const started = await start();
  return 'unavailable' in started ? { unavailable: `${missing}; ${started.unavailable}` } : started;
}
