import { type DirectiveNode, type DocumentNode, Kind } from 'graphql';
import type { CacheTagTable, TagTemplate, TagValue } from '../cache/cache-tag-table.ts';
import { createArgumentPaths } from './argument-paths.ts';
import { argumentOf, type Feature, identityOf, nameIn, textOf } from './core-features.ts';
import { type Key, keysIn } from './key-paths.ts';

/** A part of a format: a text, or what stands between braces. */
type Part = { readonly text: string } | { readonly expression: string };
type Use = { readonly format: string; readonly graphs: readonly string[] };
type Subgraph = { readonly fields: Map<string, TagTemplate[]>; readonly types: Map<string, TagTemplate[]> };

/** What composition calls the directive within `@join__directive`, whatever the subgraphs call it. */
const COMPOSED = 'federation__cacheTag';
const EXPRESSION = /^\$(args|key)((?:\.[_A-Za-z]\w*)+)$/;

/**
 * What a supergraph says of tags (`@cacheTag`). `graphs`: from a subgraph's name to what the supergraph's directives call it. What
 * cannot be understood is left out, with a sentence that says so.
 */
export function readCacheTags(
  document: DocumentNode,
  features: readonly Feature[],
  graphs: ReadonlyMap<string, string>,
): CacheTagTable {
  const problems: string[] = [];
  const bySubgraph = new Map<string, Subgraph>();
  const names = new Map([...graphs].map(([name, graph]) => [graph, name]));
  const usesOf = createUses(features, [...names.keys()]);
  const findArgument = createArgumentPaths(document);

  const put = (kind: keyof Subgraph, name: string, graph: string, template: TagTemplate) => {
    const subgraph = names.get(graph) ?? graph;
    const tags = bySubgraph.get(subgraph) ?? { fields: new Map(), types: new Map() };
    bySubgraph.set(subgraph, tags);
    tags[kind].set(name, [...(tags[kind].get(name) ?? []), template]);
  };
  const report = ({ format }: Use, coordinate: string, problem: string) =>
    void problems.push(`@cacheTag(format: ${JSON.stringify(format)}) on ${coordinate}: ${problem}`);

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const type = definition.name.value;
    const uses = usesOf(definition.directives);
    const keys = uses.length > 0 ? keysIn(definition, features) : [];
    for (const use of uses) {
      for (const graph of use.graphs) {
        const template = readTemplate(use.format, 'key', (path) => findInKeys(path, keys, graph, names.get(graph)));
        if (typeof template === 'string') report(use, type, template);
        else put('types', type, graph, template);
      }
    }
    for (const field of definition.fields ?? []) {
      const coordinate = `${type}.${field.name.value}`;
      for (const use of usesOf(field.directives)) {
        const template =
          type === 'Query'
            ? readTemplate(use.format, 'args', (path) => findArgument(field.arguments ?? [], path))
            : 'only fields of Query and entity types can have it';
        if (typeof template === 'string') report(use, coordinate, template);
        else for (const graph of use.graphs) put('fields', field.name.value, graph, template);
      }
    }
  }
  return { bySubgraph, problems };
}

function createUses(features: readonly Feature[], graphs: readonly string[]) {
  const named = (name: string) => features.find(({ identity }) => identity === identityOf(name));
  const [own, join] = [named('cacheTag'), named('join')];
  const direct = own && nameIn(own, '@cacheTag');
  const joined = join && nameIn(join, '@directive');
  return (directives: readonly DirectiveNode[] = []): Use[] =>
    directives.flatMap((directive) => {
      if (directive.name.value === direct)
        return [{ format: textOf(argumentOf(directive, 'format')) ?? '', graphs: [...graphs] }];
      if (directive.name.value !== joined || textOf(argumentOf(directive, 'name')) !== COMPOSED) return [];
      const [given, args] = [argumentOf(directive, 'graphs'), argumentOf(directive, 'args')];
      const format =
        args?.kind === Kind.OBJECT ? args.fields.find(({ name }) => name.value === 'format')?.value : undefined;
      const of = given?.kind === Kind.LIST ? given.values.flatMap((graph) => textOf(graph) ?? []) : [];
      return [{ format: textOf(format) ?? '', graphs: of }];
    });
}

/** The template, or what is wrong with it. `find`: the value of a path, or why there is none. */
function readTemplate(
  format: string,
  namespace: 'args' | 'key',
  find: (path: readonly string[]) => TagValue | string,
): TagTemplate | string {
  const template: (string | TagValue)[] = [];
  const parts = partsOf(format);
  if (!parts) return 'its braces do not match, or it is empty';
  for (const part of parts) {
    if ('text' in part) {
      template.push(part.text);
      continue;
    }
    const [, given, path = ''] = EXPRESSION.exec(part.expression.trim()) ?? [];
    if (given !== namespace) return `{${part.expression}} is not of the form {$${namespace}.name}`;
    const value = find(path.slice(1).split('.'));
    if (typeof value === 'string') return `{${part.expression}} ${value}`;
    template.push(value);
  }
  return template;
}

function partsOf(format: string): Part[] | undefined {
  const parts = format.split(/(\{[^{}]*\})/).filter((part) => part !== '');
  const isMatched = parts.every((part) => /^(?:\{[^{}]*\}|[^{}]*)$/.test(part));
  if (parts.length === 0 || !isMatched) return undefined;
  return parts.map((part) => (part.startsWith('{') ? { expression: part.slice(1, -1) } : { text: part }));
}

function findInKeys(path: readonly string[], keys: readonly Key[], graph: string, subgraph = graph): TagValue | string {
  const own = keys.filter((key) => key.graph === graph);
  if (own.length === 0) return `can have no value: '${subgraph}' is not asked for this type by a key`;
  const name = path.join('.');
  if (own.every(({ paths }) => paths.has(name))) return { path };
  return own.some(({ paths }) => paths.has(name))
    ? `is not in every key by which '${subgraph}' is asked`
    : `is in no key by which '${subgraph}' is asked`;
}
