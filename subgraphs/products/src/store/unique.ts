import { sqlState, violatedConstraint } from '@entrepot/database/transaction';
import { type Problem, Rejection } from '@entrepot/kernel/rejection';

const UNIQUE_VIOLATION = '23505';

/**
 * Runs a write, and turns the violation of a unique index into the problem it stands for. Writes look first, so this is
 * met only when two of them race; the index is what decides.
 */
export async function onConflict<T>(problems: Readonly<Record<string, Problem>>, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const problem = sqlState(error) === UNIQUE_VIOLATION ? problems[violatedConstraint(error) ?? ''] : undefined;
    throw problem ? Rejection.all([problem]) : error;
  }
}
