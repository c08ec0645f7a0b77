import { freePort } from '@entrepot/database/free-port';
import { startContainer } from './docker.ts';

type Started = { address: string; stop(): Promise<void> } | { unavailable: string };

/** The images of docker-compose.yml, for machines that have an engine but not the servers themselves. */
export const REDIS = 'redis:8.2-bookworm';
export const KAFKA = 'apache/kafka:4.1.0';

/** Starts Redis in a container, in memory only. */
export async function startRedisInDocker(): Promise<Started> {
  const port = await freePort();
  const command = ['redis-server', '--port', String(port), '--save', '', '--appendonly', 'no'];
  const started = await startContainer({ image: REDIS, port, command, readySign: 'Ready to accept connections' });
  return 'unavailable' in started ? started : { address: `redis://127.0.0.1:${port}`, stop: started.stop };
}

/** Starts a Kafka of one node (KRaft) in a container. */
export async function startKafkaInDocker(): Promise<Started> {
  const port = await freePort();
  const started = await startContainer({
    image: KAFKA,
    port,
    env: kafkaEnvironment(port),
    readySign: 'Kafka Server started',
  });
  return 'unavailable' in started ? started : { address: `127.0.0.1:${port}`, stop: started.stop };
}

/** One node that is broker and controller; every default of three copies would leave it without its inner topics. */
export function kafkaEnvironment(port: number): Record<string, string> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://localhost:19093`,
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:19093',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  };
}
