/** A shelf of the shop; `parent` is the shelf it is part of. */
export type CategorySeed = { slug: string; name: string; parent: string | undefined };

/** Parents stand before their children. */
export const categories = [
  { slug: 'seasonal', name: 'Seasonal', parent: undefined },
  { slug: 'christmas', name: 'Christmas', parent: 'seasonal' },
  { slug: 'easter', name: 'Easter', parent: 'seasonal' },
  { slug: 'party', name: 'Party and birthday', parent: 'seasonal' },
  { slug: 'accessories', name: 'Accessories', parent: undefined },
  { slug: 'jewellery', name: 'Jewellery', parent: 'accessories' },
  { slug: 'bags', name: 'Bags and purses', parent: 'accessories' },
  { slug: 'stationery', name: 'Stationery', parent: undefined },
  { slug: 'cards-and-wrap', name: 'Cards and gift wrap', parent: 'stationery' },
  { slug: 'writing', name: 'Writing and paper', parent: 'stationery' },
  { slug: 'kitchen', name: 'Kitchen', parent: undefined },
  { slug: 'tableware', name: 'Tableware', parent: 'kitchen' },
  { slug: 'baking', name: 'Baking and cooking', parent: 'kitchen' },
  { slug: 'children', name: 'Toys and children', parent: undefined },
  { slug: 'garden', name: 'Garden', parent: undefined },
  { slug: 'home', name: 'Home', parent: undefined },
  { slug: 'lighting', name: 'Candles and lights', parent: 'home' },
  { slug: 'textiles', name: 'Cushions and textiles', parent: 'home' },
  { slug: 'storage', name: 'Storage and hooks', parent: 'home' },
  { slug: 'decoration', name: 'Decoration', parent: 'home' },
  { slug: 'other', name: 'Everything else', parent: undefined },
] as const satisfies readonly CategorySeed[];

export type CategorySlug = (typeof categories)[number]['slug'];

/** The first rule of which a word begins a word of the name decides; so the special stand before the general. */
const rules: readonly (readonly [CategorySlug, readonly string[]])[] = [
  ['christmas', ['christmas', 'xmas', 'advent', 'santa', 'reindeer', 'snowflake', 'snowman', 'bauble']],
  ['easter', ['easter', 'bunny']],
  ['party', ['party', 'birthday', 'bunting', 'balloon', 'piñata']],
  ['jewellery', ['necklace', 'earring', 'bracelet', 'bangle', 'ring', 'brooch', 'diamante', 'pendant', 'hair', 'bead']],
  ['bags', ['bag', 'purse', 'shopper', 'handbag', 'wallet', 'suitcase', 'luggage', 'passport', 'umbrella']],
  ['cards-and-wrap', ['card', 'wrap', 'gift', 'ribbon', 'sticker', 'tissue', 'tape', 'envelope']],
  ['writing', ['notebook', 'pen', 'pencil', 'paper', 'journal', 'book', 'calendar', 'eraser', 'rubber', 'magnet']],
  ['garden', ['garden', 'plant', 'watering', 'bird', 'doormat', 'trowel', 'seed', 'parasol']],
  [
    'children',
    ['children', 'toy', 'doll', 'jigsaw', 'game', 'puppet', 'skipping', 'soldier', 'spaceboy', 'baby', 'kids'],
  ],
  ['baking', ['cake', 'baking', 'recipe', 'jam', 'oven', 'apron', 'chocolate', 'lunch', 'pantry', 'jelly', 'spice']],
  [
    'tableware',
    ['mug', 'cup', 'plate', 'bowl', 'tea', 'teapot', 'coffee', 'saucer', 'cutlery', 'glass', 'jug', 'napkin'],
  ],
  [
    'tableware',
    ['dish', 'tray', 'bottle', 'spoon', 'egg', 'placemat', 'coaster', 'beaker', 'dinner', 'table', 'straw'],
  ],
  ['lighting', ['candle', 't-light', 'light', 'lantern', 'lamp', 'chandelier', 'incense', 'nightlight']],
  [
    'textiles',
    ['cushion', 'quilt', 'throw', 'towel', 'blanket', 'curtain', 'rug', 'flannel', 'warmer', 'cosy', 'fabric'],
  ],
  [
    'storage',
    ['box', 'tin', 'basket', 'hook', 'hanger', 'drawer', 'storage', 'rack', 'cabinet', 'jar', 'holder', 'shelf'],
  ],
  [
    'decoration',
    ['decoration', 'sign', 'clock', 'frame', 'mirror', 'garland', 'heart', 'ornament', 'wreath', 'flower'],
  ],
  [
    'decoration',
    ['hanging', 'wall', 'photo', 'vase', 'art', 'letter', 'tile', 'knob', 'star', 'wooden', 'metal', 'zinc'],
  ],
];

/** The shelf of goods with this name; `other` when no rule knows a word of it. */
export function categoryOf(name: string): CategorySlug {
  for (const { slug, pattern } of patterns) if (pattern.test(name)) return slug;
  return 'other';
}

const patterns = rules.map(([slug, words]) => ({ slug, pattern: new RegExp(`(^|[^a-z])(${words.join('|')})`, 'i') }));
