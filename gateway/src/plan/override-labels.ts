/** `@override(label: "percent(20)")`: for how many of a hundred requests the field has moved already. */
const PERCENT = /^percent\((\d{1,2}(?:\.\d{1,8})?|100)\)$/;

/**
 * The labels that hold for a request. `roll` is its place between 0 and 100, the same for all labels, so that there are no more
 * sets of them, and plans, than labels. A label of another form holds for nobody.
 */
export function compileLabels(labels: readonly string[]): (roll: number) => readonly string[] {
  const shares = labels
    .map((label) => ({ label, percent: Number(PERCENT.exec(label)?.[1] ?? 0) }))
    .sort((one, other) => other.percent - one.percent);
  const sets = shares.map((_, index) => shares.slice(0, index + 1).map(({ label }) => label));
  return (roll) => sets[shares.findLastIndex(({ percent }) => roll < percent)] ?? NONE;
}

const NONE: readonly string[] = [];
