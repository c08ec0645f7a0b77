import { createHash } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** A supergraph as it was at one time; `id` tells it from every other one. */
export type Supergraph = { readonly sdl: string; readonly id: string };

/** Polled and not watched: editors, volumes and config maps replace files in ways that watching misses. */
const POLL_MS = 300;

/** @throws Error in one sentence when the file cannot be read */
export async function readSupergraph(file: string): Promise<Supergraph> {
  const sdl = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`cannot read the supergraph ${file}: ${error.message}`, { cause: error });
  });
  return { sdl, id: createHash('sha256').update(sdl).digest('hex').slice(0, 16) };
}

/** Calls `onChange` whenever the file may have changed; returns how to stop. */
export function watchSupergraph(file: string, onChange: () => void): () => void {
  const listener = () => onChange();
  watchFile(file, { interval: POLL_MS }, listener);
  return () => unwatchFile(file, listener);
}
