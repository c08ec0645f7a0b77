import { startKafka } from '@entrepot/servers/kafka';

/** Starts a broker, tells its pid, and does nothing more. */
const broker = await startKafka();
console.log('pid' in broker ? broker.pid : broker.unavailable);
setInterval(() => {}, 60_000);
