import { loadConfig } from './config.ts';
import { startStack } from './stack.ts';

const began = Date.now();
/** npm sends on to its script what the terminal has sent to both. */
const ECHO_MS = 300;
const seconds = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;

/** Runs the whole shop in the foreground until Ctrl-C, SIGTERM or the end of one of its parts. */
async function main(): Promise<number> {
  const stopAsked = new Promise<'asked'>((resolve) => {
    let askedAt = Number.POSITIVE_INFINITY;
    const ask = () => {
      askedAt = Math.min(askedAt, performance.now());
      resolve('asked');
    };
    process.on('SIGINT', () => {
      // The first signal stops in order; a later Ctrl-C must still be able to end a launcher that hangs.
      if (performance.now() - askedAt > ECHO_MS) process.exit(1);
      ask();
    });
    process.on('SIGTERM', ask);
    process.on('SIGHUP', ask);
  });
  const starting = startStack({
    config: loadConfig(),
    watch: process.argv.includes('--watch'),
    progress: (line) => console.log(`  ${seconds().padStart(7)}  starting ${line}`),
  });
  const first = await Promise.race([starting, stopAsked]);
  if (first === 'asked') {
    console.log('stopping');
    await starting.then((stack) => stack.stop());
    return 0;
  }
  const stack = first;
  console.log(`
Entrepot is ready after ${seconds()}.

  GraphQL endpoint    ${stack.url}/
  Apollo Sandbox      ${stack.url}/ in a browser
  back office         log in as ${stack.admin.email} with the password ${stack.admin.password}

Ctrl-C stops everything; the data stays.`);
  const failure = await Promise.race([stopAsked, stack.failure]);
  if (failure === 'asked') console.log('\nstopping');
  else console.error(`\n${failure}\nstopping the other parts`);
  await stack.stop();
  return failure === 'asked' ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(`\nEntrepot cannot start: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});
