import { expect, it } from 'vitest';
import { createJudge, withoutExtensions } from './judge.ts';

const KNOWN = '{"data":{"a":1,"b":2}}';
const COST = ',"extensions":{"cost":{"left":9}}}';

/** Says of an answer that arrives in two parts whether it is right, and what had to be looked at as a whole for that. */
function judge(answer: string, cut: number, known = KNOWN) {
  const looked: string[] = [];
  const judging = createJudge(Buffer.from(known), (whole) => {
    looked.push(whole.toString());
    return whole.toString() === '{"data":{"b":2,"a":1}}';
  });
  const bytes = Buffer.from(answer);
  for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
    const lent = Buffer.from(part);
    judging.take(lent);
    lent.fill('x');
  }
  return { isRight: judging.isRight(), looked };
}

const cuts = Array.from({ length: KNOWN.length + 1 }, (_, cut) => cut);

it.each(cuts)('knows the right answer again, cut at %i', (cut) => {
  expect(judge(KNOWN, cut)).toEqual({ isRight: true, looked: [] });
});

it.each(cuts)('looks at everything of an answer with one other byte, cut at %i', (cut) => {
  const other = KNOWN.replace('2', '3');
  expect(judge(other, cut)).toEqual({ isRight: false, looked: [other] });
});

it.each(['', KNOWN.slice(0, -1), `${KNOWN}!`, `${KNOWN}${COST}`.repeat(40)])(
  'does not take %j for the right answer',
  (answer) => {
    expect(judge(answer, 5)).toEqual({ isRight: false, looked: [answer] });
  },
);

it('takes an answer that is right in another way', () => {
  const other = '{"data":{"b":2,"a":1}}';
  expect(judge(other, 9)).toEqual({ isRight: true, looked: [other] });
});

it('looks at everything while nothing has been found right', () => {
  expect(judge(KNOWN, 3, '')).toEqual({ isRight: false, looked: [KNOWN] });
});

it('compares what comes before the budget that ours tells', () => {
  const said = withoutExtensions(Buffer.from(`{"data":{"a":1}${COST}`));
  expect(said.toString()).toBe('{"data":{"a":1}');
  expect(judge(`{"data":{"a":1}${COST}`, 7, '{"data":{"a":1}')).toEqual({ isRight: true, looked: [] });
});
