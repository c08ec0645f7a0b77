import { expect, it } from 'vitest';
import { compose, startSubgraph, startTestGateway } from './fixture.ts';

const given = (value: unknown) => Object(value);

async function startShops() {
  const asked: unknown[] = [];
  const shops = await startSubgraph(
    'shops',
    `type Query { shops: [Shop!]! }
     type Shop @key(fields: "id") @federation__context(name: "shop") { id: ID! locale: String settings: Settings shelf: [Item!]! }
     type Settings { currency: String }
     type Item @key(fields: "id") {
       id: ID!
       label(locale: String @federation__fromContext(field: "$shop { locale }")): String
       price(in: String @federation__fromContext(field: "$shop { settings { currency } }"), net: Boolean): String
       parts: [Part!]!
     }
     type Part @key(fields: "id") { id: ID! note(locale: String @federation__fromContext(field: "$shop { locale }")): String }`,
    {
      Query: {
        shops: () => [
          { id: '1', locale: 'de', settings: { currency: 'EUR' }, shelf: [{ id: 'a' }, { id: 'b' }] },
          { id: '2', locale: null, settings: { currency: 'USD' }, shelf: [{ id: 'a' }] },
          { id: '3', locale: 'de', settings: { currency: 'EUR' }, shelf: [{ id: 'c' }] },
        ],
      },
      Item: {
        __resolveReference: (reference) => {
          asked.push(reference);
          return reference;
        },
        label: ({ id }, args) => `${id} ${given(args).locale}`,
        price: ({ id }, args) => `${id} ${given(args).in} ${given(args).net}`,
        parts: ({ id }) => [{ id: `${id}1` }],
      },
      Part: {
        __resolveReference: (reference) => reference,
        note: ({ id }, args) => `${id} ${given(args).locale}`,
      },
    },
  );
  return { asked, ...(await startTestGateway(compose(shops))) };
}

it('what a field takes from its context is that of the object that it is within', async () => {
  const { ask, asked } = await startShops();
  const query = 'query($net: Boolean) { shops { shelf { label price(net: $net) } } }';
  expect(await ask(query, { net: true })).toMatchObject({
    data: {
      shops: [
        {
          shelf: [
            { label: 'a de', price: 'a EUR true' },
            { label: 'b de', price: 'b EUR true' },
          ],
        },
        { shelf: [{ label: 'a null', price: 'a USD true' }] },
        { shelf: [{ label: 'c de', price: 'c EUR true' }] },
      ],
    },
  });
  expect(asked).toHaveLength(4);
});

it('a context reaches through objects between', async () => {
  const { ask } = await startShops();
  const { data, errors } = await ask('{ shops { shelf { parts { note } } } }');
  expect({ data, errors }).toEqual({
    data: {
      shops: [
        { shelf: [{ parts: [{ note: 'a1 de' }] }, { parts: [{ note: 'b1 de' }] }] },
        { shelf: [{ parts: [{ note: 'a1 null' }] }] },
        { shelf: [{ parts: [{ note: 'c1 de' }] }] },
      ],
    },
    errors: undefined,
  });
});
