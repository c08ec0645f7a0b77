import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

/** Node has it; TypeScript declares it only together with the whole of a browser. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

/** An engine as the Prisma CLI speaks to it: a method name and its parameters. */
export type Engine = { call(method: string, params: unknown): Promise<unknown> };

/** What the CLI calls by another name than the engine. */
const RENAMED = new Map([['getDatabaseVersion', 'version']]);

/**
 * Rejects when the engine breaks. It is Rust: before it panics it calls `set_message` with its last words, and what it
 * throws then, or when it cannot read its parameters, it throws where nobody waits for it. The running call never settles.
 */
function watchForBreaking(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const breakWith = (words: string) => reject(new Error(`the schema engine broke: ${words}`));
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: breakWith } });
  process.on('uncaughtException', (error) => breakWith(error.message));
  // Between two calls nobody waits for it; the next one will tell.
  promise.catch(() => {});
  return promise;
}

/** Loads Prisma's schema engine from its WASM package and binds it to a database. */
export async function openEngine(
  factory: SqlMigrationAwareDriverAdapterFactory,
  log: (line: string) => void,
): Promise<Engine> {
  const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = readFileSync(script.replace(/\.js$/, '.wasm'));
  // Node cannot import .wasm files by itself yet, so what wasm-bindgen's loader would do is done here.
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': { ...bindings } });
  bindings.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start === 'function') start();
  const broken = watchForBreaking();
  const bound = bindMigrationAwareSqlAdapterFactory(factory);
  const reveal = (error: unknown): never => {
    throw revealed(error, (id) => bound.errorRegistry.consumeError(id)?.error);
  };
  const opening = bindings.SchemaEngine.new({ datamodels: undefined }, log, bound);
  const engine = await Promise.race([broken, opening]).catch(reveal);
  return {
    async call(method, params) {
      const act: unknown = Reflect.get(engine, RENAMED.get(method) ?? method);
      if (typeof act !== 'function') throw new Error(`the schema engine has no method ${method}`);
      return await Promise.race([broken, Reflect.apply(act, engine, [params])]).catch(reveal);
    },
  };
}

/** The engine knows an error of our side only as a number: what it was is in the registry. */
function revealed(error: unknown, errorOf: (id: number) => unknown): unknown {
  const id = error instanceof Error ? /External error id#(\d+)/.exec(error.message)?.[1] : undefined;
  const cause = id === undefined ? undefined : errorOf(Number(id));
  return cause instanceof Error ? new Error(`the database refused: ${cause.message}`, { cause }) : error;
}
