import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ApolloServerPlugin } from '@apollo/server';
import type { EvaluatePolicies } from '../auth/viewer-state.ts';
import type { RequestContext } from '../execute/request-context.ts';
import type { BuildService, DataSource } from './ask-by-source.ts';

/** What whoever runs the gateway adds to it by a module of their own. */
export type GatewayModule = {
  readonly buildService: BuildService | undefined;
  /** For Apollo Server. */
  readonly plugins: readonly ApolloServerPlugin<RequestContext>[];
  /** Which of the policies that a schema names (`@policy`) hold for a viewer. */
  readonly evaluatePolicies: EvaluatePolicies | undefined;
};

/**
 * Loads `buildService` and `plugins` of a module, each as @apollo/gateway and Apollo Server have them, and `evaluatePolicies`.
 * @throws Error when it has none of them
 */
export async function loadGatewayModule(file: string | undefined): Promise<GatewayModule> {
  if (file === undefined) return { buildService: undefined, plugins: [], evaluatePolicies: undefined };
  const loaded: Record<string, unknown> = await import(pathToFileURL(resolve(file)).href);
  const { buildService, plugins, evaluatePolicies } = loaded;
  if (buildService === undefined && plugins === undefined && evaluatePolicies === undefined)
    throw new Error(`GATEWAY_MODULE (${file}) exports none of buildService, plugins and evaluatePolicies`);
  if (buildService !== undefined && typeof buildService !== 'function')
    throw new Error(`buildService of GATEWAY_MODULE (${file}) is no function`);
  if (evaluatePolicies !== undefined && typeof evaluatePolicies !== 'function')
    throw new Error(`evaluatePolicies of GATEWAY_MODULE (${file}) is no function`);
  if (plugins !== undefined && !isPlugins(plugins))
    throw new Error(`plugins of GATEWAY_MODULE (${file}) is no list of Apollo Server plugins`);
  return {
    buildService:
      buildService &&
      ((endpoint) => {
        const source: unknown = buildService(endpoint);
        if (source === undefined || source === null) return undefined;
        if (isDataSource(source)) return source;
        throw new Error(`buildService of GATEWAY_MODULE made no data source of ${endpoint.name}`);
      }),
    plugins: plugins ?? [],
    evaluatePolicies:
      evaluatePolicies &&
      (async (names, viewer) => {
        const held: unknown = await evaluatePolicies(names, viewer);
        if (held instanceof Set) return held;
        throw new Error('evaluatePolicies of GATEWAY_MODULE returned no Set of names');
      }),
  };
}

const isDataSource = (source: unknown): source is DataSource =>
  typeof source === 'object' && source !== null && 'process' in source && typeof source.process === 'function';

const isPlugins = (plugins: unknown): plugins is ApolloServerPlugin<RequestContext>[] =>
  Array.isArray(plugins) && plugins.every((plugin) => typeof plugin === 'object' && plugin !== null);
