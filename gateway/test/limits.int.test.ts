import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { codes } from './fixture.ts';
import { startShop } from './shop.ts';

const json = { 'content-type': 'application/json' };
const body = (query: string, variables: object = {}) => JSON.stringify({ query, variables });
const fill = (part: string) => part.repeat(Math.floor(500_000 / part.length));

describe('a body', () => {
  it('may have as many bytes as it says, and not one more', async () => {
    const { url } = await startShop({ MAX_BODY_BYTES: '1024' });
    const asked = body('{ product(id: "1") { name } }');
    const post = (text: string) => fetch(url, { method: 'POST', headers: json, body: text });
    expect((await post(asked.padEnd(1_024))).status).toBe(200);
    const refused = await post(asked.padEnd(1_025));
    expect([refused.status, codes(await refused.json())]).toEqual([413, ['BODY_TOO_LARGE']]);
  });
});

describe('a document of half a million characters', () => {
  it.each([
    ['open braces', fill('{')],
    ['open lists', `{ a(b: ${fill('[')}`],
    ['open list types', `query A($b: ${fill('[')}`],
    ['open objects', `{ a(b: ${fill('{c:')}`],
    ['comments', fill('#\n')],
    ['one comment', `#${fill('x')}\n{ now }`],
    ['empty lines in a string', `{ product(id: """${fill('\n')}""") { name } }`],
    ['one name', `{ ${fill('x')} }`],
  ])('of %s is refused, and the next one answered', async (_, query) => {
    const { url, ask } = await startShop();
    const response = await fetch(url, { method: 'POST', headers: json, body: body(query) });
    expect([response.status, codes(await response.json())]).toEqual([400, ['OPERATION_TOO_LARGE']]);
    expect((await ask('{ product(id: "1") { name } }')).status).toBe(200);
  });
});

describe('limits', () => {
  it.each([
    ['MAX_ROOT_FIELDS', '1', '{ now products { id } }', '{ products { id } }'],
    ['MAX_ALIASES', '0', '{ a: __typename }', '{ __typename }'],
    ['MAX_DEPTH', '1', '{ products { id } }', '{ now }'],
    ['MAX_NESTING', '4', '{ products @skip(if: [[[[1]]]]) { id } }', '{ products { id } }'],
    ['MAX_DIRECTIVES', '0', '{ now @skip(if: true) products { id } }', '{ products { id } }'],
    ['MAX_REPEATED_FIELDS', '1', '{ products { id id } }', '{ products { id } }'],
    ['MAX_FIELDS', '2', '{ products { id name } }', '{ products { id } }'],
    ['MAX_FRAGMENTS', '0', '{ ...F } fragment F on Query { now }', '{ now }'],
    ['MAX_DOCUMENT_LENGTH', '100', `{ now } #${'x'.repeat(100)}`, '{ now }'],
  ])('%s=%s refuses %s', async (name, value, tooMuch, enough) => {
    const { ask } = await startShop({ [name]: value });
    expect(codes(await ask(tooMuch))).toEqual(['OPERATION_TOO_LARGE']);
    expect((await ask(enough)).errors).toBeUndefined();
  });

  it.each([
    ['MAX_VARIABLE_BYTES', '20', { id: 'x'.repeat(20) }],
    ['MAX_NESTING', '4', { id: '1', more: [[[[[]]]]] }],
  ])('%s=%s refuses variables', async (name, value, variables) => {
    const { ask } = await startShop({ [name]: value });
    const query = 'query A($id: ID!) { product(id: $id) { name } }';
    expect(codes(await ask(query, variables))).toEqual(['INVALID_ARGUMENT']);
    expect((await ask(query, { id: '1' })).errors).toBeUndefined();
  });

  it('leave room for the schema, as tools ask for it', async () => {
    const { ask } = await startShop();
    const { data, errors } = await ask(getIntrospectionQuery());
    expect(errors).toBeUndefined();
    expect(data).toHaveProperty('__schema.types');
  });

  it('end validation after ten errors', async () => {
    const { ask } = await startShop({ MAX_ROOT_FIELDS: '1000' });
    const unknown = Array.from({ length: 200 }, (_, index) => `nobody${index}`).join(' ');
    const { errors = [] } = await ask(`{ ${unknown} }`);
    expect(errors.length).toBeGreaterThanOrEqual(10);
    expect(errors.length).toBeLessThanOrEqual(11);
  });
});
