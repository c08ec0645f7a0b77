/** What PostgreSQL says when it gives up, and the sentence for a person: what is wrong, and what to do about it. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  // A write that came to its end half-way has no error code, only the hint.
  [
    /No space left on device|Check free disk space/,
    'the disk is full: make room, or set DATA_DIR to a folder on another disk',
  ],
  [/Address already in use|could not bind/, 'its port is taken by another program: set POSTGRES_PORT to another'],
  [
    /Permission denied|Operation not permitted|Read-only file system/,
    'it may not write there: set DATA_DIR to a folder of yours',
  ],
  [
    /database files are incompatible|incompatible with server/,
    'the data were written by another major version of PostgreSQL',
  ],
  [/could not (create|resize) shared memory|Cannot allocate memory|out of memory/, 'there is not enough memory for it'],
  [/has invalid permissions|has wrong ownership/, 'the folder belongs to another user: start as that user'],
];

/** The reason in one sentence; PostgreSQL's own last words when it is none that we know. */
export function explainPostgres(said: string): string {
  const known = KNOWN.find(([pattern]) => pattern.test(said));
  if (known) return known[1];
  const lines = said.trim().split('\n');
  const telling = lines.filter((line) => /\b(FATAL|ERROR|PANIC|error):/.test(line)).at(-1) ?? lines.at(-1) ?? '';
  return telling.replace(/^.*?\b(FATAL|ERROR|PANIC|error):\s*/, '') || 'it said nothing';
}

/** The same for an error of the file system, met before PostgreSQL was there to say anything. */
export function explainFileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return explainPostgres(
    code === 'EACCES' || code === 'EPERM'
      ? 'Permission denied'
      : code === 'ENOSPC'
        ? 'No space left on device'
        : code === 'EROFS'
          ? 'Read-only file system'
          : message,
  );
}
