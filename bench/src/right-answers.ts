import { createJudge, type Judge, withoutExtensions } from './judge.ts';

export type RightAnswers = {
  isRight(answer: Buffer): boolean;
  /** Judges an answer while it arrives. */
  judge(): Judge;
};

const MAX_KNOWN = 16;
const NOTHING = Buffer.alloc(0);

/**
 * Judges the answers to one question, which are right in as many forms as there are servers: most are compared byte by byte with the
 * one that was right last, and not parsed. Else the load would be slow with all but one of the servers. `isRight`: of a whole answer.
 */
export function createRightAnswers(isRight: (answer: Buffer) => boolean): RightAnswers {
  const known: Buffer[] = [];
  const answers: RightAnswers = {
    isRight(answer) {
      const said = withoutExtensions(answer);
      const place = known.findIndex((one) => one.equals(said));
      if (place === -1 && !isRight(answer)) return false;
      if (place > 0) known.splice(place, 1);
      if (place !== 0) known.unshift(said);
      known.splice(MAX_KNOWN);
      return true;
    },
    judge: () => createJudge(known[0] ?? NOTHING, answers.isRight),
  };
  return answers;
}
