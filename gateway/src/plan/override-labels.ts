/** `@override(label: "percent(20)")`: for how many of a hundred requests the field has moved already. */
const PERCENT = /^percent\((\d{1,2}(?:\.\d{1,8})?|100)\)$/;

export type Labels = {
  /** The labels that hold for a request. `roll` is its place between 0 and 100. */
  activeFor(roll: number): readonly string[];
  /** All sets of labels that may hold together. */
  readonly sets: readonly (readonly string[])[];
};

const NONE: readonly string[] = [];

/**
 * A request has the same place for all labels, so that there are no more sets of them, and plans, than labels. A label of
 * another form holds for nobody.
 */
export function compileLabels(labels: readonly string[]): Labels {
  const shares = labels
    .map((label) => ({ label, percent: Number(PERCENT.exec(label)?.[1] ?? 0) }))
    .filter(({ percent }) => percent > 0)
    .sort((one, other) => other.percent - one.percent);
  const sets = shares.map((_, index) => shares.slice(0, index + 1).map(({ label }) => label));
  return {
    activeFor: (roll) => sets[shares.findLastIndex(({ percent }) => roll < percent)] ?? NONE,
    sets: [NONE, ...sets],
  };
}
