import {
  type ConstDirectiveNode,
  type DocumentNode,
  type InputValueDefinitionNode,
  isTypeDefinitionNode,
  Kind,
} from 'graphql';
import type { CostTable, ListSize } from '../limits/cost-table.ts';
import { argumentOf, type Feature, identityOf, nameIn } from './core-features.ts';

/** What a supergraph says of costs (`@cost`, `@listSize`). */
export function readCosts(document: DocumentNode, features: readonly Feature[]): CostTable {
  const weights = new Map<string, number>();
  const listSizes = new Map<string, ListSize>();
  const feature = features.find(({ identity }) => identity === identityOf('cost'));
  if (!feature) return { weights, listSizes };
  const [cost, listSize] = [nameIn(feature, '@cost'), nameIn(feature, '@listSize')];

  const read = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    for (const directive of directives) {
      const weight = directive.name.value === cost ? numberIn(directive, 'weight') : undefined;
      if (weight !== undefined) weights.set(coordinate, weight);
      if (directive.name.value === listSize) listSizes.set(coordinate, readListSize(directive));
    }
  };
  for (const definition of document.definitions) {
    if (!isTypeDefinitionNode(definition)) continue;
    const type = definition.name.value;
    read(type, definition.directives);
    if (!('fields' in definition)) continue;
    for (const field of definition.fields ?? []) {
      const coordinate = `${type}.${field.name.value}`;
      read(coordinate, field.directives);
      const inputs: readonly InputValueDefinitionNode[] = 'arguments' in field ? (field.arguments ?? []) : [];
      for (const { name, directives } of inputs) read(`${coordinate}(${name.value}:)`, directives);
    }
  }
  return { weights, listSizes };
}

function readListSize(directive: ConstDirectiveNode): ListSize {
  const requireOne = argumentOf(directive, 'requireOneSlicingArgument');
  return {
    assumedSize: numberIn(directive, 'assumedSize'),
    slicingArguments: namesIn(directive, 'slicingArguments'),
    sizedFields: namesIn(directive, 'sizedFields'),
    requireOneSlicingArgument: requireOne?.kind !== Kind.BOOLEAN || requireOne.value,
  };
}

function numberIn(directive: ConstDirectiveNode, name: string): number | undefined {
  const value = argumentOf(directive, name);
  return value?.kind === Kind.INT || value?.kind === Kind.FLOAT ? Number(value.value) : undefined;
}

function namesIn(directive: ConstDirectiveNode, name: string): readonly string[] {
  const value = argumentOf(directive, name);
  if (value?.kind !== Kind.LIST) return [];
  return value.values.flatMap((one) => (one.kind === Kind.STRING ? [one.value] : []));
}
