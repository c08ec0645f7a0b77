import { createRecent } from './recent.ts';

export type CacheControl = {
  readonly maxAgeS: number;
  /** `stale-while-revalidate` and `stale-if-error` (RFC 5861). */
  readonly revalidateS: number;
  readonly ifErrorS: number;
  readonly isPrivate: boolean;
};

const NOTHING: CacheControl = { maxAgeS: 0, revalidateS: 0, ifErrorS: 0, isPrivate: true };

/** Subgraphs say the same again and again. */
const MAX_READ = 500;
const MAX_LENGTH = 200;
const read = createRecent<CacheControl>(MAX_READ);

/** What a `Cache-Control` header allows a cache like ours; an absent one allows nothing. */
export function readCacheControl(header: string | undefined): CacheControl {
  if (header === undefined) return NOTHING;
  const known = read.get(header);
  if (known) return known;
  const control = parse(header);
  if (header.length <= MAX_LENGTH) read.set(header, control);
  return control;
}

function parse(header: string): CacheControl {
  const seconds = new Map<string, number>();
  let isPrivate = false;
  let mayBeStale = true;
  for (const directive of header.split(',')) {
    const [name = '', value = ''] = directive.trim().toLowerCase().split('=');
    if (name === 'no-store' || name === 'no-cache') return NOTHING;
    if (name === 'private') isPrivate = true;
    if (name === 'must-revalidate' || name === 'proxy-revalidate') mayBeStale = false;
    if (value !== '') seconds.set(name, readSeconds(value));
  }
  const stale = (name: string) => (mayBeStale ? (seconds.get(name) ?? 0) : 0);
  return {
    maxAgeS: (isPrivate ? undefined : seconds.get('s-maxage')) ?? seconds.get('max-age') ?? 0,
    revalidateS: stale('stale-while-revalidate'),
    ifErrorS: stale('stale-if-error'),
    isPrivate,
  };
}

const readSeconds = (text: string): number => (/^"?\d{1,9}"?$/.test(text) ? Number(text.replaceAll('"', '')) : 0);
