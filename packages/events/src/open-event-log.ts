import type { Logger } from '@entrepot/telemetry/logger';
import { openKafkaLog } from './kafka-log/kafka-log.ts';
import type { EventLog } from './log.ts';
import { openTableLog } from './table-log/table-log.ts';

export type EventLogConfig = {
  /** `host:port,host:port` */
  KAFKA_BROKERS?: string | undefined;
  EVENTS_DATABASE_URL?: string | undefined;
};

/**
 * Opens the event log that the configuration names: Kafka when it names brokers, else the tables of a database. A log that
 * is away is told and no reason not to start: events wait in the outbox, and consumers subscribe when it is back.
 */
export async function openEventLog(config: EventLogConfig, clientId: string, logger: Logger): Promise<EventLog> {
  const log = named(config, clientId, logger);
  await log.ping().catch((error: unknown) => logger.error({ err: error }, 'the event log cannot be reached for now'));
  return log;
}

function named({ KAFKA_BROKERS, EVENTS_DATABASE_URL }: EventLogConfig, clientId: string, logger: Logger): EventLog {
  if (KAFKA_BROKERS !== undefined) return openKafkaLog({ brokers: KAFKA_BROKERS.split(','), clientId, logger });
  if (EVENTS_DATABASE_URL !== undefined) return openTableLog({ databaseUrl: EVENTS_DATABASE_URL, clientId, logger });
  throw new Error('there is no event log: set KAFKA_BROKERS or EVENTS_DATABASE_URL');
}
