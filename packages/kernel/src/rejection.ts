/** One thing that the sender can mend. `path` leads to the input field, from the mutation's argument down. */
export type Problem = { readonly code: string; readonly message: string; readonly path?: readonly string[] };

/** What the sender of a command can mend; a mutation shows it as `userErrors`. */
export class Rejection extends Error {
  readonly problems: readonly [Problem, ...Problem[]];

  constructor(code: string, message: string, path?: readonly string[]) {
    super(message);
    this.name = 'Rejection';
    this.problems = [path === undefined ? { code, message } : { code, message, path }];
  }

  /** One rejection for several problems at once. */
  static all(problems: readonly [Problem, ...Problem[]]): Rejection {
    const [first, ...rest] = problems;
    const rejection = new Rejection(first.code, first.message, first.path);
    return Object.assign(rejection, { problems: [first, ...rest] as const });
  }

  /** The code of the first problem. */
  get code(): string {
    return this.problems[0].code;
  }
}
