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
 * The engine is Rust: before it panics it calls this with its last words. What the WASM runtime throws next says nothing,
 * and throws it where nobody waits for it, so that the running call would never settle.
 */
const panicked = new Promise<never>((_, reject) => {
  const set_message = (message: string) => {
    process.on('uncaughtException', () => {});
    reject(new Error(`the schema engine broke: ${message}`));
  };
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message } });
});
panicked.catch(() => {});

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
  const engine = await bindings.SchemaEngine.new(
    { datamodels: undefined },
    log,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  return {
    async call(method, params) {
      const act: unknown = Reflect.get(engine, RENAMED.get(method) ?? method);
      if (typeof act !== 'function') throw new Error(`the schema engine has no method ${method}`);
      return Promise.race([panicked, Reflect.apply(act, engine, [params])]);
    },
  };
}
