import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { codes } from './fixture.ts';
import { startShop } from './shop.ts';

const QUERY = '{ product(id: "1") { name } }';
const ANSWER = { data: { product: { name: 'Thing 1' } } };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const persisted = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } });

async function post(url: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

async function get(url: string, fields: Record<string, unknown>): Promise<unknown> {
  const texts = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const headers = { 'apollo-require-preflight': '1' };
  return (await fetch(`${url}/graphql?${new URLSearchParams(Object.fromEntries(texts))}`, { headers })).json();
}

/** A folder of documents, as clients' builds leave it. */
async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'entrepot-operations-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

describe('an automatic persisted query', () => {
  it.each([
    ['POST', post],
    ['GET', get],
  ] as const)('is asked for by its hash alone once its text was sent, by %s', async (_, send) => {
    const { url } = await startShop();
    const extensions = persisted(QUERY);
    expect(codes(await send(url, { extensions }))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    expect(await send(url, { query: QUERY, extensions })).toEqual(ANSWER);
    expect(await send(url, { extensions })).toEqual(ANSWER);
  });

  it('cannot be taken by another text', async () => {
    const { url } = await startShop();
    const extensions = persisted(QUERY);
    expect(codes(await post(url, { query: '{ now }', extensions }))).toEqual(['BAD_REQUEST']);
    expect(codes(await post(url, { extensions }))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });

  it('that is no query is not kept', async () => {
    const { url } = await startShop();
    const broken = '{ product(';
    const extensions = persisted(broken);
    expect(codes(await post(url, { query: broken, extensions }))).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(codes(await post(url, { extensions }))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });
});

describe('a document of the folder of known operations', () => {
  const files = {
    'one.graphql': `# What a page sends.\nquery One($id: ID!) {\n  product(id: $id) { ...P }\n}\n\nquery Two { me { id } }\n\nfragment P on Product { name }\n`,
    'apollo.json': JSON.stringify({
      operations: [{ id: 'list-1', name: 'L', type: 'query', body: '{ products { name } }' }],
    }),
    'relay.json': JSON.stringify({ '0f3a': 'query Three { product(id: "2") { name } }' }),
  };
  const one = 'query One($id: ID!) {\n  product(id: $id) {\n    ...P\n  }\n}\n\nfragment P on Product {\n  name\n}';
  const two = 'query Two { me { id } }';

  it('is asked for by its hash or by the id that a manifest gives it', async () => {
    const { url } = await startShop({ OPERATIONS: await folderOf(files) });
    const variables = { id: '1' };
    const operationName = 'One';
    for (const named of [
      { documentId: sha256(one), variables },
      { documentId: `sha256:${sha256(one)}`, variables },
      { extensions: persisted(one), variables },
      { documentId: sha256(files['one.graphql']), variables, operationName },
    ])
      expect(await post(url, named)).toEqual(ANSWER);
    expect(await get(url, { documentId: sha256(two) })).toEqual({ data: { me: null } });
    expect(await post(url, { documentId: 'list-1' })).toMatchObject({ data: { products: [{}, {}] } });
    expect(await get(url, { documentId: '0f3a' })).toEqual({ data: { product: { name: 'Thing 2' } } });
    expect(codes(await post(url, { documentId: 'unknown' }))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });

  it('is all that is executed, when only those are trusted', async () => {
    const { url, goods, people } = await startShop({ OPERATIONS: await folderOf(files), TRUSTED_ONLY: 'true' });
    const variables = { id: '1' };
    const spaced = one.replaceAll('\n', '\n\t');
    for (const trusted of [
      { documentId: sha256(one), variables },
      { query: one, variables },
      { query: spaced, variables },
      { query: spaced, extensions: persisted(spaced), variables },
    ])
      expect(await post(url, trusted)).toEqual(ANSWER);
    const typed = 'query Two {\n  me {\n    id\n    __typename\n  }\n}';
    expect(await post(url, { query: typed })).toEqual({ data: { me: null } });

    const before = goods.requests.length + people.requests.length;
    for (const untrusted of [
      { query: QUERY },
      { query: `${two} query Four { now }`, operationName: 'Two' },
      { query: QUERY, extensions: persisted(QUERY) },
      { extensions: persisted(QUERY) },
      { documentId: 'unknown' },
      { query: QUERY, documentId: 'list-1' },
      { query: '{ __schema { queryType { name } } }' },
    ])
      expect(codes(await post(url, untrusted))).toEqual(['UNTRUSTED_DOCUMENT']);
    expect(codes(await get(url, { query: QUERY }))).toEqual(['UNTRUSTED_DOCUMENT']);
    expect(goods.requests.length + people.requests.length).toBe(before);
  });
});
