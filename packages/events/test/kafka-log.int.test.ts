import { describeWith } from '@entrepot/testing/servers';
import { itKeepsTheContract } from './log-contract.ts';

describeWith('kafka', 'the log on Kafka', (brokers) => {
  itKeepsTheContract(() => ({ KAFKA_BROKERS: brokers }));
});
