import { createHash } from 'node:crypto';
import { describeWith } from '@entrepot/testing/servers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestGateway } from './fixture.ts';
import { type Field, ownFields, type Person, productFields, startGuardedShop } from './guarded-shop.ts';

const SEED = 20_261_126;
const ROUNDS = 25;
const AT_ONCE = 20;
const ROLES = [[], [], [], ['ADMIN'], ['ORDER_MANAGER'], ['CATALOGUE_MANAGER', 'ORDER_MANAGER']];
/** However slow the machine is, nothing is to be refused for that. */
const PATIENT = { SUBGRAPH_TIMEOUT_MS: '60000', MAX_WAIT_MS: '60000' };
const JSON_TYPE = { 'content-type': 'application/json' };

type Tree = Record<string, unknown>;
/** A query, and what exactly each person must see. */
type Question = { readonly query: string; readonly expected: (person: Person) => Tree };

const Answer = z.object({
  data: z.record(z.string(), z.unknown()),
  errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })).default([]),
});
const Parts = z.object({
  incremental: z.array(z.object({ path: z.array(z.string()), data: z.record(z.string(), z.unknown()) })).default([]),
});

function createRandom() {
  let state = SEED;
  const below = (limit: number) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * limit);
  };
  const oneOf = <T>(items: readonly [T, ...T[]] | readonly T[]): T => {
    const item = items[below(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  };
  return { below, oneOf };
}
type Random = ReturnType<typeof createRandom>;

const nameIn = ({ text }: Field) => text.split(':')[0] ?? '';

/** Some of the fields, some of them deferred, with what they must be. */
function select({ below, oneOf }: Random, fields: readonly Field[], isDeferred: boolean) {
  const chosen = [...new Set(Array.from({ length: 1 + below(4) }, () => oneOf(fields)))];
  const split = isDeferred ? below(chosen.length) : chosen.length;
  const texts = chosen.map(({ text }) => text);
  const later = texts.slice(split).join(' ');
  const text = `${texts.slice(0, split).join(' ')} ${later === '' ? '' : `... @defer { ${later} }`}`;
  const expected = (person: Person) => Object.fromEntries(chosen.map((field) => [nameIn(field), field.value(person)]));
  return { text, expected };
}

function makeQuestion(random: Random, isDeferred: boolean): Question {
  const roots = new Map<string, ReturnType<typeof select>>();
  const texts: string[] = [];
  const count = 1 + random.below(2);
  for (let index = 0; index < count; index++) {
    const id = String(1 + random.below(2));
    const isOwn = random.below(3) === 0;
    const name = isOwn ? 'me' : `p${id}`;
    if (roots.has(name)) continue;
    const root = select(random, isOwn ? ownFields : productFields(id), isDeferred);
    texts.push(`${isOwn ? 'me' : `${name}: product(id: "${id}")`} { ${root.text} }`);
    roots.set(name, root);
  }
  const seen = (person: Person, name: string, root: ReturnType<typeof select>) =>
    name === 'me' && person.id === null ? null : root.expected(person);
  return {
    query: `{ ${texts.join(' ')} }`,
    expected: (person) => Object.fromEntries([...roots].map(([name, root]) => [name, seen(person, name, root)])),
  };
}

const post = async (url: string, headers: Person['headers'], body: unknown): Promise<unknown> =>
  (await fetch(url, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) })).json();

const extensionsOf = (query: string) => ({
  persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
});

async function byPersistedQuery(url: string, headers: Person['headers'], query: string): Promise<unknown> {
  const extensions = extensionsOf(query);
  const answer = await post(url, headers, { extensions });
  return JSON.stringify(answer).includes('PERSISTED_QUERY_NOT_FOUND')
    ? post(url, headers, { query, extensions })
    : answer;
}

async function byGet(url: string, headers: Person['headers'], query: string): Promise<unknown> {
  const search = new URLSearchParams({ query });
  const response = await fetch(`${url}/?${search}`, { headers: { ...headers, 'apollo-require-preflight': '1' } });
  // What is somebody's own is for no cache on the way.
  if (headers.authorization !== undefined) expect(response.headers.get('cache-control')).toBe('private, no-store');
  return response.json();
}

/** Puts the parts of an answer together. Where something is denied, or nothing is late, it is whole already. */
async function inParts(url: string, headers: Person['headers'], query: string): Promise<unknown> {
  const accept = 'multipart/mixed;deferSpec=20220824, application/json';
  const all = { ...JSON_TYPE, ...headers, accept };
  const response = await fetch(url, { method: 'POST', headers: all, body: JSON.stringify({ query }) });
  const text = await response.text();
  if (!response.headers.get('content-type')?.startsWith('multipart/mixed')) return JSON.parse(text);
  const bodies = text.split('\r\n---').flatMap((part) => part.split('\r\n\r\n')[1] ?? []);
  const [first, ...rest] = bodies.map((body): unknown => JSON.parse(body));
  const whole = Answer.parse(first);
  for (const { path, data } of rest.flatMap((part) => Parts.parse(part).incremental)) {
    const place = path.reduce((at: unknown, step) => Object(at)[step], whole.data);
    Object.assign(Object(place), data);
  }
  return whole;
}

const WAYS = ['post', 'get', 'persisted', 'batch', 'defer'] as const;

async function ask(url: string, { headers }: Person, questions: readonly Question[], way: (typeof WAYS)[number]) {
  const [first] = questions;
  const query = first?.query ?? '';
  if (way === 'get') return [await byGet(url, headers, query)];
  if (way === 'persisted') return [await byPersistedQuery(url, headers, query)];
  if (way === 'defer') return [await inParts(url, headers, query)];
  if (way === 'post') return [await post(url, headers, { query })];
  return z.array(z.unknown()).parse(
    await post(
      url,
      headers,
      questions.map((question) => ({ query: question.query })),
    ),
  );
}

async function expectNobodySeesOthers(env: Record<string, string>, gatewayCount: number): Promise<void> {
  const { supergraph, jwksUrl, person } = await startGuardedShop();
  const gateways = await Promise.all(
    Array.from({ length: gatewayCount }, () => startTestGateway(supergraph, { JWKS_URL: jwksUrl, ...PATIENT, ...env })),
  );
  for (const { metric } of gateways) await expect.poll(() => metric('cache_ready')).toBe(1);
  const random = createRandom();
  const { below, oneOf } = random;
  const viewers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      // Every tenth has the same name as the one before, and may see other things.
      person(`usr_${index - (index % 10 === 9 ? 1 : 0)}`, oneOf(ROLES), below(2) === 0),
    ),
  );
  const nobody: Person = { id: null, roles: [], isHr: false, headers: {} };
  const wrong: unknown[] = [];
  const asked: Question[] = [];
  let denied = 0;

  const askOne = async () => {
    // Few ask often, so that there is something to be found.
    const who = below(10) === 0 ? nobody : oneOf(below(2) === 0 ? viewers : viewers.slice(5, 12));
    const way = oneOf(WAYS);
    // Most is what others have asked before.
    const questions = Array.from({ length: way === 'batch' ? 3 : 1 }, () => {
      const question = below(4) === 0 || asked.length < 5 ? makeQuestion(random, way === 'defer') : oneOf(asked);
      asked.push(question);
      return question;
    });
    const answers = await ask(oneOf(gateways).url, who, questions, way);
    for (const [index, { query, expected }] of questions.entries()) {
      const { success, data: answer } = Answer.safeParse(answers[index]);
      const codes = new Set(answer?.errors.map(({ extensions }) => extensions.code));
      if (codes.delete('UNAUTHORIZED_FIELD_OR_TYPE')) denied++;
      const isRight = success && codes.size === 0 && equal(answer.data, expected(who));
      if (!isRight)
        wrong.push({ who: [who.id, who.roles, who.isHr], way, query, expected: expected(who), answer: answers[index] });
    }
  };
  for (let round = 0; round < ROUNDS; round++) await Promise.all(Array.from({ length: AT_ONCE }, askOne));

  const sum = async (name: string, outcome: string) =>
    (await Promise.all(gateways.map(({ metric }) => metric(name, { outcome })))).reduce((all, one) => all + one, 0);
  const [answers, entities] = [await sum('cache_requests_total', 'hit'), await sum('cache_entities_total', 'hit')];
  console.info(
    `seed ${SEED}: ${answers} answers and ${entities} entities were found, ${denied} answers had something denied`,
  );
  expect(wrong).toEqual([]);
  for (const count of [answers, entities, denied]) expect(count).toBeGreaterThan(0);
}

/** Whatever the order of the keys: parts come when they come. */
function equal(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

const NAME = 'none of 200 viewers sees what is another’s, whatever they ask, in whatever way';
const options = { timeout: 60_000 };

describe('with the cache in this process', () => {
  it(NAME, options, () => expectNobodySeesOthers({}, 1));
});

describeWith('redis', 'with two gateways on one Redis', (url) => {
  it(NAME, options, () => expectNobodySeesOthers({ REDIS_URL: url, REDIS_TIMEOUT_MS: '2000' }, 2));
});
