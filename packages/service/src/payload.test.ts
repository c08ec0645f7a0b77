import { Fault } from '@entrepot/kernel/fault';
import { Rejection } from '@entrepot/kernel/rejection';
import { describe, expect, it } from 'vitest';
import { payload } from './payload.ts';

describe('the payload of a mutation', () => {
  it('is what it returns, without errors', async () => {
    expect(await payload(async () => ({ order: 'ord_1' }))).toEqual({ order: 'ord_1', userErrors: [] });
  });

  it('is what the sender can mend, each with its path', async () => {
    const act = async () => {
      throw Rejection.all([
        { code: 'NOT_FOUND', message: 'no such order' },
        { code: 'INVALID_REASON', message: 'empty', path: ['input', 'reason'] },
      ]);
    };
    expect(await payload(act)).toEqual({
      userErrors: [
        { code: 'NOT_FOUND', message: 'no such order', path: ['input'] },
        { code: 'INVALID_REASON', message: 'empty', path: ['input', 'reason'] },
      ],
    });
  });

  it.each([new Fault('FORBIDDEN', 'no'), new TypeError('bug')])('is nothing when it throws %s', async (error) => {
    await expect(payload(() => Promise.reject(error))).rejects.toBe(error);
  });
});
