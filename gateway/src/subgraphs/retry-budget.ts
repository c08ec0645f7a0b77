export type RetryBudget = {
  /** A request was sent for the first time. */
  earn(): void;
  /** Whether one may be sent again now. */
  spend(): boolean;
};

const SHARE = 0.1;
const FLOOR_PER_SECOND = 3;
const FLOOR_MAX = 10;
const MAX = 100;

/** Lets a tenth of the requests be repeated, and three a second in any case: a subgraph in trouble must not get more load by it. */
export function createRetryBudget(now: () => number = () => performance.now()): RetryBudget {
  let balance = FLOOR_MAX;
  let at = now();
  return {
    earn() {
      balance = Math.min(MAX, balance + SHARE);
    },
    spend() {
      const seconds = (now() - at) / 1_000;
      at += seconds * 1_000;
      if (balance < FLOOR_MAX) balance = Math.min(FLOOR_MAX, balance + seconds * FLOOR_PER_SECOND);
      if (balance < 1) return false;
      balance--;
      return true;
    },
  };
}
