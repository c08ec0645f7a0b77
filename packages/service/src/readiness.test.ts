import { Fault } from '@entrepot/kernel/fault';
import { describe, expect, it } from 'vitest';
import { createReadiness } from './readiness.ts';

const passes = async () => {};
const fails = (error: unknown) => () => Promise.reject(error);

describe('readiness', () => {
  it('is given when every check passes', async () => {
    expect(await createReadiness([['database', passes]])()).toEqual([]);
  });

  it('tells every reason at once, and no host or user', async () => {
    const ready = createReadiness([
      ['database', fails(Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' }))],
      ['migrations', fails(new Fault('UNAVAILABLE', '2 of 3 are missing'))],
      ['event log', fails(new Error('password authentication failed for user "orders"'))],
      ['cache', passes],
    ]);
    expect(await ready()).toEqual([
      'database: unavailable (ECONNREFUSED)',
      'migrations: 2 of 3 are missing',
      'event log: unavailable',
    ]);
  });

  it('is missing when a check takes too long', async () => {
    const ready = createReadiness([['database', () => new Promise(() => {})]], 10);
    expect(await ready()).toEqual([expect.stringMatching(/^database: no answer/)]);
  });

  it('is looked for once, however many ask at the same time', async () => {
    let runs = 0;
    const ready = createReadiness([
      [
        'database',
        async () => {
          runs++;
        },
      ],
    ]);
    await Promise.all([ready(), ready(), ready()]);
    expect(runs).toBe(1);
    await ready();
    expect(runs).toBe(2);
  });
});
