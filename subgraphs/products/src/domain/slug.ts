const LONGEST_SLUG = 200;

/** A slug made of a name: `Café "Noir" 2` becomes `cafe-noir-2`. A name without Latin letters or digits makes an empty one. */
export function slugOf(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_SLUG)
    .replace(/^-+|-+$/g, '');
}

/** The slug that a name makes when another has it already: with the end of the new one's id, so never taken. */
export function otherSlugOf(name: string, id: string): string {
  const ending = id.slice(-10);
  return `${slugOf(name).slice(0, LONGEST_SLUG - ending.length - 1)}-${ending}`.replace(/^-+/, '');
}

/** Lower-case letters, digits and dashes, 1 to 200 of them. */
export function isSlug(text: string): boolean {
  return text.length <= LONGEST_SLUG && /^[a-z0-9-]+$/.test(text);
}
