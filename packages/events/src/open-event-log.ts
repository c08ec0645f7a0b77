import type { Logger } from '@entrepot/telemetry/logger';
import { openKafkaLog } from './kafka-log/kafka-log.ts';
import type { EventLog } from './log.ts';
import { openTableLog } from './table-log/table-log.ts';

export type EventLogConfig = {
  /** `host:port,host:port` */
  KAFKA_BROKERS?: string | undefined;
  EVENTS_DATABASE_URL?: string | undefined;
};

/** Opens the event log that the configuration names: Kafka when it names brokers, else the tables of a database. */
export async function openEventLog(config: EventLogConfig, clientId: string, logger: Logger): Promise<EventLog> {
  if (config.KAFKA_BROKERS !== undefined)
    return openKafkaLog({ brokers: config.KAFKA_BROKERS.split(','), clientId, logger });
  if (config.EVENTS_DATABASE_URL !== undefined)
    return openTableLog({ databaseUrl: config.EVENTS_DATABASE_URL, clientId, logger });
  throw new Error('there is no event log: set KAFKA_BROKERS or EVENTS_DATABASE_URL');
}
