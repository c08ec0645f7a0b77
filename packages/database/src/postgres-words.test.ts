import { describe, expect, it } from 'vitest';
import { explainFileError, explainPostgres } from './postgres-words.ts';

/** As PostgreSQL 18 wrote it on the machines where it happened. */
const said = {
  disk: `running bootstrap script ... 2026-11-24 03:02:53.112 UTC [71] FATAL:  could not write to file "pg_wal/xlogtemp.71": No space left on device
child process exited with exit code 1`,
  halfWritten: `2026-11-24 03:29:56.871 UTC [6777] FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 3
2026-11-24 03:29:56.871 UTC [6777] HINT:  Check free disk space.
2026-11-24 03:29:56.871 UTC [6777] PANIC:  cannot abort transaction 1, it was already committed`,
  port: `2026-11-24 03:02:53.112 UTC [71] LOG:  could not bind IPv4 address "127.0.0.1": Address already in use
2026-11-24 03:02:53.112 UTC [71] HINT:  Is another postmaster already running on port 4032? If not, wait a few seconds and retry.
2026-11-24 03:02:53.112 UTC [71] FATAL:  could not create any TCP/IP sockets`,
  version: `2026-11-24 03:02:53.112 UTC [71] FATAL:  database files are incompatible with server
2026-11-24 03:02:53.112 UTC [71] DETAIL:  The data directory was initialized by PostgreSQL version 17, which is not compatible with this version 18.4.`,
  unknown: `2026-11-24 03:02:53.112 UTC [71] LOG:  starting
2026-11-24 03:02:53.112 UTC [71] FATAL:  something: new`,
};

describe('the reason why PostgreSQL gave up', () => {
  it.each([
    ['disk', 'DATA_DIR'],
    ['halfWritten', 'DATA_DIR'],
    ['port', 'POSTGRES_PORT'],
    ['version', 'major version'],
  ] as const)('names what to change: %s', (name, remedy) => {
    expect(explainPostgres(said[name])).toContain(remedy);
  });

  it('is its own last error when we know no better, without its clock', () => {
    expect(explainPostgres(said.unknown)).toBe('something: new');
    expect(explainPostgres('')).toBe('it said nothing');
  });
});

it('explains an error of the file system alike', () => {
  for (const code of ['EACCES', 'ENOSPC', 'EROFS']) {
    expect(explainFileError(Object.assign(new Error('mkdir'), { code }))).toContain('DATA_DIR');
  }
});
