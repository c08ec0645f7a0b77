import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  Kind,
  type ValueNode,
} from 'graphql';
import { type Expression, sum } from './cost-expression.ts';
import type { CostTable } from './cost-table.ts';

/** What the value of an argument costs; `weight`: that of the argument itself. */
export type InputCost = (value: ValueNode, input: GraphQLInputType, weight: number | undefined) => Expression;

type Field = { readonly name: string; readonly type: GraphQLInputType; readonly weight: number | undefined };

export function createInputCost(table: CostTable): InputCost {
  const costly = new Map<GraphQLInputObjectType, readonly Field[]>();
  /** The fields of a type that may cost something. */
  const costlyFieldsOf = (type: GraphQLInputObjectType): readonly Field[] => {
    let fields = costly.get(type);
    if (!fields) {
      fields = Object.values(type.getFields())
        .map(({ name, type: own }) => ({ name, type: own, weight: table.weights.get(`${type.name}.${name}`) }))
        .filter(({ type: own, weight }) => isCostly(own, weight));
      costly.set(type, fields);
    }
    return fields;
  };
  const isCostly = (input: GraphQLInputType, weight: number | undefined): boolean => {
    const type = getNamedType(input);
    return weight !== undefined || isInputObjectType(type) || table.weights.has(type.name);
  };

  /** An input object is 1 with what is in it, anything else nothing, unless `@cost` says otherwise. */
  const scoreInput = (value: ValueNode, input: GraphQLInputType, weight: number | undefined): Expression => {
    const type = getNamedType(input);
    if (value.kind === Kind.VARIABLE) {
      if (!isCostly(input, weight)) return 0;
      return (variables) => scoreValue(variables[value.name.value], input, weight);
    }
    if (value.kind === Kind.NULL) return 0;
    if (value.kind === Kind.LIST) return sum(value.values.map((one) => scoreInput(one, input, weight)));
    if (value.kind !== Kind.OBJECT || !isInputObjectType(type)) return weight ?? table.weights.get(type.name) ?? 0;
    const fields = type.getFields();
    const within = value.fields.map(({ name, value: inner }): Expression => {
      const field = fields[name.value];
      return field ? scoreInput(inner, field.type, table.weights.get(`${type.name}.${name.value}`)) : 0;
    });
    return sum([weight ?? 1, ...within]);
  };

  const scoreValue = (value: unknown, input: GraphQLInputType, weight: number | undefined): number => {
    const type = getNamedType(input);
    if (value === null || value === undefined) return 0;
    if (Array.isArray(value)) return value.reduce((total: number, one) => total + scoreValue(one, input, weight), 0);
    if (!isInputObjectType(type)) return weight ?? table.weights.get(type.name) ?? 0;
    let total = weight ?? 1;
    for (const field of costlyFieldsOf(type)) total += scoreValue(Object(value)[field.name], field.type, field.weight);
    return total;
  };

  return scoreInput;
}
