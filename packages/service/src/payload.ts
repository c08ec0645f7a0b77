import { type Problem, Rejection } from '@entrepot/kernel/rejection';

export type UserErrorModel = { message: string; path: string[]; code: string };

/**
 * The payload of a mutation: what `act` returns, without errors; or what the sender can mend, as `userErrors`. The
 * codes are those of the mutation's own enum: GraphQL refuses to send out any other.
 */
export async function payload<T extends object, Code extends string>(
  act: () => Promise<T>,
): Promise<Partial<T> & { userErrors: { message: string; path: string[]; code: Code }[] }>;
export async function payload<T extends object>(
  act: () => Promise<T>,
): Promise<Partial<T> & { userErrors: UserErrorModel[] }> {
  try {
    // First, so that an act that came to something and has errors to tell all the same can tell them.
    return { userErrors: [], ...(await act()) };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const empty: Partial<T> = {};
    return { ...empty, userErrors: error.problems.map(toUserError) };
  }
}

export const toUserError = ({ code, message, path = ['input'] }: Problem): UserErrorModel => ({
  code,
  message,
  path: [...path],
});
