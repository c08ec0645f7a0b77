import { createWriteStream, renameSync, type WriteStream } from 'node:fs';

/** Two files of this size a process at most: the log of a long day must not fill a laptop's disk. */
const MAX_BYTES = 20 * 1024 * 1024;

/** A log file that starts anew with the process and moves to `<file>.1` when it is full. */
export function openProcessLog(file: string): { write(chunk: Buffer): void; end(): void; failure(): string } {
  let failure = '';
  let bytes = 0;
  const open = (): WriteStream => {
    const stream = createWriteStream(file, { flags: 'w' });
    stream.on('error', (error) => {
      failure = `cannot write ${file}: ${error.message}`;
    });
    return stream;
  };
  let stream = open();
  return {
    write(chunk) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) {
        stream.end();
        renameSync(file, `${file}.1`);
        stream = open();
        bytes = chunk.length;
      }
      stream.write(chunk);
    },
    end: () => void stream.end(),
    failure: () => failure,
  };
}
