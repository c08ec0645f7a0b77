import { LRUCache } from 'lru-cache';
import type { Given } from './operation-variables.ts';
import type { PreparedOperation, Variables } from './prepared-operation.ts';

/** Of the combinations of conditions only so many are kept planned. */
const MAX_PLANS = 64;

/**
 * An operation that is planned for each set of values of the variables that its conditions name, when it is first asked for
 * with them. `defers`: whether it may come in parts; in which it does depends on the plan.
 */
export function prepareByConditions(
  names: readonly string[],
  coerce: (variables: Variables) => Given,
  defers: boolean,
  prepare: (values: ReadonlyMap<string, boolean>) => Promise<PreparedOperation>,
): PreparedOperation {
  const plans = new LRUCache<string, Promise<PreparedOperation>>({ max: MAX_PLANS });
  const find = (coerced: Variables): Promise<PreparedOperation> => {
    const values = names.map((name) => [name, coerced[name] === true] as const);
    const key = values.map(([, value]) => (value ? '1' : '0')).join('');
    const known = plans.get(key);
    if (known) return known;
    const prepared = prepare(new Map(values));
    plans.set(key, prepared);
    // What could not be planned may be another time.
    prepared.catch(() => plans.delete(key));
    return prepared;
  };
  const executeIncrementally: NonNullable<PreparedOperation['executeIncrementally']> = async function* (
    variables,
    context,
    ask,
    spec,
  ) {
    const given = coerce(variables);
    if ('refused' in given) return yield { ...given.refused, body: given.refused.body.toString() };
    const prepared = await find(given.coerced);
    if (prepared.executeIncrementally) return yield* prepared.executeIncrementally(variables, context, ask, spec);
    const { body, errors } = await prepared.execute(variables, context, ask);
    yield { body: `${body.toString('utf8', 0, body.length - 1)},"hasNext":false}`, errors };
  };
  return {
    async execute(variables, context, ask) {
      const given = coerce(variables);
      if ('refused' in given) return given.refused;
      const prepared = await find(given.coerced);
      return prepared.execute(variables, context, ask);
    },
    executeIncrementally: defers ? executeIncrementally : undefined,
  };
}
