import type { EventLog } from '../log.ts';
import { type DeadLetter, original, settled } from './dead-letter.ts';
import { readDeadLetters } from './read.ts';

const USAGE = `usage: npm run dead-letters -- list            what no consumer could handle
       npm run dead-letters -- show ID         one of them, with its reason and its event
       npm run dead-letters -- replay ID       have its consumer try again (or --all)
       npm run dead-letters -- discard ID      let it be (or --all)`;
const HEADER = ['ID', 'AT', 'CONSUMER', 'TYPE', 'KEY', 'REASON'].join('\t');
/** So many at a time: a consumer that has fallen behind must not be buried. */
const AT_ONCE = 100;

/** Runs one command; what a person reads goes to `say`. Returns the exit code. */
export async function runCommand(args: readonly string[], log: EventLog, say: (line: string) => void): Promise<number> {
  const [command, which, ...more] = args;
  if (more.length > 0) return misused(say);
  switch (command) {
    case 'list':
      return which === undefined ? list(log, say) : misused(say);
    case 'show':
      return which === undefined ? misused(say) : show(log, which, say);
    case 'replay':
      return which === undefined ? misused(say) : settle(log, which, 'replayed', say);
    case 'discard':
      return which === undefined ? misused(say) : settle(log, which, 'discarded', say);
    default:
      return misused(say);
  }
}

function misused(say: (line: string) => void): number {
  say(USAGE);
  return 2;
}

async function list(log: EventLog, say: (line: string) => void): Promise<number> {
  const letters = await readDeadLetters(log);
  if (letters.length === 0) say('no dead letters');
  else say(HEADER);
  for (const { id, at, consumer, envelope, key, reason } of letters)
    say([id, at, consumer, envelope.type, key, reason.split('\n')[0]].join('\t'));
  return 0;
}

async function show(log: EventLog, id: string, say: (line: string) => void): Promise<number> {
  const letter = (await readDeadLetters(log)).find((each) => each.id === id);
  say(letter ? JSON.stringify(letter, null, 2) : notFound(id));
  return letter ? 0 : 1;
}

async function settle(
  log: EventLog,
  which: string,
  how: 'replayed' | 'discarded',
  say: (line: string) => void,
): Promise<number> {
  const all = await readDeadLetters(log);
  const letters = which === '--all' ? all : all.filter(({ id }) => id === which);
  if (letters.length === 0 && which !== '--all') {
    say(notFound(which));
    return 1;
  }
  for (let start = 0; start < letters.length; start += AT_ONCE)
    await settleSome(log, letters.slice(start, start + AT_ONCE), how);
  say(`${how} ${letters.length}`);
  return 0;
}

async function settleSome(log: EventLog, letters: readonly DeadLetter[], how: 'replayed' | 'discarded'): Promise<void> {
  // First the event: a crash in between leaves a letter that is replayed once more, which its consumer takes.
  if (how === 'replayed') await log.publish(letters.map(original));
  await log.publish(letters.map((letter) => settled(letter, how)));
}

const notFound = (id: string) => `there is no dead letter ${id}, or somebody has dealt with it`;
