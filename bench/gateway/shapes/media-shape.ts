import { FEDERATION, type Known, prose, type Shape } from './shape.ts';

/**
 * Unlike the first: a union and an interface over three entities, a chain of two @requires across three subgraphs,
 * variables and input objects, and one mutation in five requests; answers of about 10 KB.
 */
const KINDS = ['Book', 'Film', 'Album'] as const;
const GENRES = ['CRIME', 'ESSAY', 'POETRY'] as const;
const ITEMS = 24;

const makers = Array.from({ length: 5 }, (_, index) => ({
  id: `p${index}`,
  name: `Maker ${'ABCDE'[index]}`,
  born: 1930 + index * 11,
  bio: prose(120, index + 3),
}));

const media = Array.from({ length: ITEMS }, (_, index) => {
  const kind = KINDS[index % KINDS.length] ?? 'Book';
  return {
    __typename: kind,
    id: `m${index}`,
    title: prose(24, index + 1),
    weightGrams: 120 + index * 45,
    genre: GENRES[index % GENRES.length],
    pages: 90 + index * 7,
    minutes: 80 + index * 3,
    tracks: Array.from({ length: 4 }, (_, track) => ({ title: prose(16, index + track), seconds: 150 + track * 17 })),
    maker: `p${index % makers.length}`,
    price: { amount: 500 + index * 125, currency: 'GBP' },
  };
});
type Medium = (typeof media)[number];
const mediumOf = (id: unknown) => media.find((medium) => medium.id === id);
const amountOf = (price: unknown) =>
  typeof price === 'object' && price && 'amount' in price ? Number(price.amount) : 0;

const shippingCost = ({ weightGrams, price }: Known) =>
  amountOf(price) > 1500 ? 0 : 100 + Math.ceil(Number(weightGrams) / 100) * 30;
const total = ({ price, shippingCost: shipping }: Known) => Math.round((amountOf(price) + Number(shipping)) * 1.2);
const knownFor = (maker: unknown) => media.filter((medium) => medium.maker === maker).slice(0, 2);
const feedItems = (first: number) => media.slice(0, first).flatMap((medium, index) => [medium, ...advertAfter(index)]);
const advertAfter = (index: number) =>
  index % 5 === 4 ? [{ __typename: 'Advert', text: prose(40, index), about: media[index - 2] }] : [];
const rating = (input: unknown) => {
  const { id, stars } = typeof input === 'object' && input && 'id' in input && 'stars' in input ? input : {};
  return { id, average: (Number(stars) + 8) / 3, count: 3 };
};

const entity = (fields: string) =>
  KINDS.map((kind) => `type ${kind} @key(fields: "id") { id: ID! ${fields} }`).join('\n');
const resolvers = <Resolvers>(of: Resolvers) => Object.fromEntries(KINDS.map((kind) => [kind, of]));

const catalogue = `${FEDERATION}
  type Query { feed(first: Int!): [FeedItem!]! }
  type Mutation { rate(input: Rating!): Rated! }
  input Rating { id: ID! stars: Int! note: String }
  type Rated { average: Float! count: Int! media: Media! next: [FeedItem!]! }
  union FeedItem = Book | Film | Album | Advert
  interface Media { id: ID! title: String! }
  enum Genre { CRIME ESSAY POETRY }
  type Book implements Media @key(fields: "id") { id: ID! title: String! weightGrams: Int! genre: Genre! pages: Int! maker: Maker }
  type Film implements Media @key(fields: "id") { id: ID! title: String! weightGrams: Int! minutes: Int! maker: Maker }
  type Album implements Media @key(fields: "id") { id: ID! title: String! weightGrams: Int! tracks: [Track!]! maker: Maker }
  type Track { title: String! seconds: Int! }
  type Advert { text: String! about: Media }
  type Maker @key(fields: "id") { id: ID! }
`;
const people = `${FEDERATION}
  type Maker @key(fields: "id") { id: ID! name: String! born: Int bio(length: Int! = 40): String! knownFor: [Media!]! }
  interface Media { id: ID! }
  ${KINDS.map((kind) => `type ${kind} implements Media @key(fields: "id", resolvable: false) { id: ID! }`).join('\n')}
`;
const prices = `${FEDERATION}
  type Price @shareable { amount: Int! currency: String! }
  ${entity('price: Price!')}
`;
const shipping = `${FEDERATION}
  type Price @shareable { amount: Int! currency: String! }
  ${entity(`weightGrams: Int! @external price: Price! @external
    shippingCost: Int! @requires(fields: "weightGrams price { amount }")`)}
`;
const taxes = `${FEDERATION}
  type Price @shareable { amount: Int! currency: String! }
  ${entity(`price: Price! @external shippingCost: Int! @external
    total: Int! @requires(fields: "shippingCost price { amount }")`)}
`;

const makerOf = { maker: ({ maker }: Known) => ({ id: maker }), __resolveReference: ({ id }: Known) => mediumOf(id) };
const reference = (known: Known) => known;

export const mediaShape: Shape = {
  name: 'media',
  title: 'a feed of a union and an interface, two @requires in a chain, one mutation in five (10 KB)',
  subgraphs: [
    {
      name: 'catalogue',
      sdl: catalogue,
      resolvers: {
        Query: { feed: (_, { first }) => feedItems(Number(first)) },
        Mutation: { rate: (_, { input }) => rating(input) },
        Rated: { media: ({ id }) => mediumOf(id), next: () => feedItems(20) },
        ...resolvers(makerOf),
        Maker: { __resolveReference: reference },
      },
    },
    {
      name: 'people',
      sdl: people,
      resolvers: {
        Maker: {
          __resolveReference: ({ id }) => makers.find((maker) => maker.id === id),
          bio: ({ bio }, { length }) => String(bio).slice(0, Number(length)),
          knownFor: ({ id }) => knownFor(id).map(({ __typename, id }) => ({ __typename, id })),
        },
      },
    },
    {
      name: 'prices',
      sdl: prices,
      resolvers: resolvers({ __resolveReference: ({ id }: Known) => ({ id, price: mediumOf(id)?.price }) }),
    },
    { name: 'shipping', sdl: shipping, resolvers: resolvers({ __resolveReference: reference, shippingCost }) },
    { name: 'taxes', sdl: taxes, resolvers: resolvers({ __resolveReference: reference, total }) },
  ],
  merged: mergedData(),
  operations: [query(), query(), mutation(), query(), query()],
};

function mergedData(): Known {
  const mergedMaker = (id: string): Known => {
    const { bio = '', ...maker } = makers.find((one) => one.id === id) ?? {};
    return {
      ...maker,
      bio: ({ length }: { length: number }) => bio.slice(0, length),
      knownFor: () => knownFor(id).map(mergedMedium),
    };
  };
  const mergedMedium = (medium: Medium): Known => {
    const shipped = { ...medium, shippingCost: shippingCost(medium) };
    return { ...shipped, total: total(shipped), maker: () => mergedMaker(medium.maker) };
  };
  const mergedItem = (item: Medium | Known): Known =>
    'about' in item
      ? { ...item, about: media.filter((medium) => medium === item.about).map(mergedMedium)[0] }
      : mergedMedium(mediumIn(item));
  const feed = ({ first }: { first: number }) => feedItems(first).map(mergedItem);
  return {
    feed,
    rate: ({ input }: { input: unknown }) => {
      const { id, ...rated } = rating(input);
      return { ...rated, media: mergedMedium(mediumIn({ id })), next: () => feed({ first: 20 }) };
    },
  };
}

function mediumIn({ id }: Known): Medium {
  const medium = mediumOf(id);
  if (medium === undefined) throw new Error(`no medium '${String(id)}'`);
  return medium;
}

function query() {
  return {
    query: `query Feed($first: Int!, $length: Int!) { feed(first: $first) { ...Item } } ${fragments()}`,
    variables: { first: 20, length: 60 },
  };
}

function mutation() {
  const text = `mutation Rate($input: Rating!, $length: Int!) {
    rate(input: $input) { average count media { __typename id title ... on Book { total } ... on Film { minutes } } next { ...Item } }
  } ${fragments()}`;
  return { query: text, variables: { input: { id: 'm3', stars: 4, note: 'kept me up' }, length: 60 } };
}

function fragments(): string {
  return `fragment Item on FeedItem {
    __typename
    ... on Media { id title }
    ... on Book { genre pages ...BookOffer maker { ...Maker } }
    ... on Film { minutes ...FilmOffer maker { ...Maker } }
    ... on Album { tracks { title seconds } ...AlbumOffer maker { ...Maker } }
    ... on Advert { text about { id title ... on Book { pages } ... on Film { minutes } } }
  }
  fragment BookOffer on Book { price { amount currency } shippingCost total }
  fragment FilmOffer on Film { price { amount currency } shippingCost total }
  fragment AlbumOffer on Album { price { amount currency } shippingCost total }
  fragment Maker on Maker { id name born bio(length: $length) knownFor { __typename id title } }`;
}
