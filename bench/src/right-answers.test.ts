import { expect, it } from 'vitest';
import { createRightAnswers } from './right-answers.ts';

const [ONE, OTHER] = ['{"data":{"a":1,"b":2}}', '{"data":{"b":2,"a":1}}'];

function setUp() {
  const parsed: string[] = [];
  const answers = createRightAnswers((answer) => {
    parsed.push(answer.toString());
    return [ONE, OTHER].includes(answer.toString());
  });
  const ask = (answer: string) => {
    const judge = answers.judge();
    judge.take(Buffer.from(answer));
    return judge.isRight();
  };
  return { parsed, ask };
}

it('parses each form of an answer once', () => {
  const { parsed, ask } = setUp();
  for (const answer of [ONE, ONE, OTHER, ONE, OTHER, OTHER]) expect(ask(answer)).toBe(true);
  expect(parsed).toEqual([ONE, OTHER]);
});

it('finds wrong what is, each time', () => {
  const { parsed, ask } = setUp();
  for (const answer of ['{"data":{"a":1}}', '', '{"data":{"a":1}}']) expect(ask(answer)).toBe(false);
  expect(parsed).toHaveLength(3);
});
