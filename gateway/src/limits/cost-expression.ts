export type Variables = Readonly<Record<string, unknown>>;

/** A number that may have to wait for the variables. */
export type Expression = number | ((variables: Variables) => number);

export const evaluate = (expression: Expression, variables: Variables): number =>
  typeof expression === 'number' ? expression : expression(variables);

export function sum(expressions: readonly Expression[]): Expression {
  let known = 0;
  const open: ((variables: Variables) => number)[] = [];
  for (const expression of expressions) {
    if (typeof expression === 'number') known += expression;
    else open.push(expression);
  }
  const [only] = open;
  if (!only) return known;
  if (known === 0 && open.length === 1) return only;
  return (variables) => open.reduce((total, one) => total + one(variables), known);
}

export function times(left: Expression, right: Expression): Expression {
  if (left === 0 || right === 0) return 0;
  if (left === 1) return right;
  if (right === 1) return left;
  if (typeof left === 'number' && typeof right === 'number') return left * right;
  return (variables) => evaluate(left, variables) * evaluate(right, variables);
}

export function greatest(expressions: readonly Expression[]): Expression {
  const known = expressions.filter((one) => typeof one === 'number');
  const open = expressions.filter((one) => typeof one !== 'number');
  const [first] = open;
  if (!first) return Math.max(...known);
  if (expressions.length === 1) return first;
  const least = known.length > 0 ? Math.max(...known) : Number.NEGATIVE_INFINITY;
  return (variables) => open.reduce((most, one) => Math.max(most, one(variables)), least);
}
