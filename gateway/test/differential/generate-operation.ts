import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import type { Random } from './random.ts';

export type Used =
  | 'alias'
  | 'alias of a key'
  | 'fragment'
  | 'inline fragment'
  | '@skip'
  | '@include'
  | 'constant condition'
  | 'variable'
  | 'null variable'
  | 'default value'
  | 'mutation'
  | '@defer'
  | 'conditional @defer'
  | '__typename';
export type Operation = {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly used: ReadonlySet<Used>;
};

const MAX_DEPTH = 5;
const MAX_FIELDS = 40;

type Composite = { readonly name: string };

/** An operation that is, nearly always, valid in the schema. */
export function generateOperation(schema: GraphQLSchema, random: Random): Operation {
  const used = new Set<Used>();
  const declarations: string[] = [];
  const variables: Record<string, unknown> = {};
  const fragments: { name: string; on: string; text: string }[] = [];
  let count = 0;
  let names = 0;
  const defers = schema.getDirective('defer') !== undefined && random.chance(0.25);

  const mutationType = schema.getMutationType();
  const isMutation = mutationType != null && random.chance(0.15);
  if (isMutation) used.add('mutation');
  const root = isMutation ? mutationType : schema.getQueryType();
  if (!root) throw new Error('there is nothing to ask');
  const selection = isMutation ? mutationSelection(root) : select(root, 0);
  const declared = declarations.length > 0 ? `(${declarations.join(', ')})` : '';
  const query = `${isMutation ? 'mutation' : 'query'} Generated${declared} ${selection} ${fragments.map(({ name, on, text }) => `fragment ${name} on ${on} ${text}`).join(' ')}`;
  return { query, variables, used };

  function mutationSelection(type: GraphQLObjectType): string {
    const fields = Object.values(type.getFields());
    return `{ ${Array.from({ length: 1 + random.int(3) }, () => fieldText(random.pick(fields), 0, true)).join(' ')} }`;
  }

  function select(type: Composite, depth: number): string {
    const parts = [...fieldsOf(type, depth), ...fragmentsOf(type, depth)];
    if (parts.length === 0 || random.chance(0.12)) {
      used.add('__typename');
      parts.push(random.chance(0.3) ? `t${names++}: __typename` : '__typename');
    }
    return `{ ${parts.join(' ')} }`;
  }

  function fieldsOf(type: Composite, depth: number): string[] {
    const found = schema.getType(type.name);
    if (!isObjectType(found) && !isInterfaceType(found)) return [];
    const share = depth === 0 ? 0.35 : 0.5;
    const fields = Object.values(found.getFields()).filter(({ type: returned }) => {
      const isLeaf = !isCompositeType(getNamedType(returned));
      return random.chance(isLeaf ? share : share / (1 + depth / 3)) && (isLeaf || depth < MAX_DEPTH);
    });
    const asked = fields.length === 0 && depth < MAX_DEPTH ? [random.pick(Object.values(found.getFields()))] : fields;
    const texts = asked.flatMap((field) => (count < MAX_FIELDS ? [fieldText(field, depth, false)] : []));
    // The name of a key with another meaning: what the gateway needs of the object must not get in its way.
    const other = asked.find(({ name, args }) => name.startsWith('f') && args.length === 0);
    const key = ['id', 'code', 'number', 'name'].find((name) => !asked.some((field) => field.name === name));
    if (other && key !== undefined && random.chance(0.04) && !isCompositeType(getNamedType(other.type))) {
      used.add('alias of a key');
      texts.push(`${key}: ${other.name}`);
    }
    return texts;
  }

  function fieldText(field: GraphQLField<unknown, unknown>, depth: number, mustBeApart: boolean): string {
    count++;
    const given = argumentsText(field.args);
    // Two uses of one field under one name must have the same arguments.
    const isApart = mustBeApart || field.args.length > 0 || random.chance(0.15);
    if (isApart) used.add('alias');
    const named = getNamedType(field.type);
    const nested = isCompositeType(named) ? ` ${select(named, depth + 1)}` : '';
    return `${isApart ? `a${names++}: ` : ''}${field.name}${given}${directives()}${nested}`;
  }

  function fragmentsOf(type: Composite, depth: number): string[] {
    const abstract = schema.getType(type.name);
    const isAbstract = isAbstractType(abstract);
    if (count >= MAX_FIELDS || (!isAbstract && !random.chance(defers ? 0.5 : 0.15))) return [];
    const possible = isAbstract
      ? schema.getPossibleTypes(abstract)
      : isObjectType(abstract)
        ? [abstract, ...abstract.getInterfaces()]
        : [];
    const conditions = isAbstract ? possible.filter(() => random.chance(0.6)) : possible.slice(0, 1 + random.int(2));
    const overlapping = isAbstract
      ? possible.flatMap((one) => one.getInterfaces()).filter(() => random.chance(0.1))
      : [];
    return [...conditions, ...overlapping].map((condition) => {
      const reusable = fragments.find(({ on }) => on === condition.name && random.chance(0.3));
      if (reusable) return `...${reusable.name}${ofFragment()}`;
      const text = select(condition, depth + (isAbstract ? 0 : 1));
      if (!random.chance(0.4)) {
        used.add('inline fragment');
        return random.chance(0.1) && condition.name === type.name
          ? `...${ofFragment()} ${text}`
          : `... on ${condition.name}${ofFragment()} ${text}`;
      }
      used.add('fragment');
      const name = `F${names++}`;
      fragments.push({ name, on: condition.name, text });
      return `...${name}${ofFragment()}`;
    });
  }

  function ofFragment(): string {
    if (!defers || !random.chance(0.5)) return directives();
    used.add('@defer');
    const given = random.chance(0.3) ? [`label: "${names++}"`] : [];
    if (random.chance(0.2)) {
      used.add('conditional @defer');
      given.push(`if: ${variable('Boolean!', random.chance(0.7))}`);
    }
    return `${directives()} @defer${given.length > 0 ? `(${given.join(', ')})` : ''}`;
  }

  function directives(): string {
    if (!random.chance(0.06)) return '';
    const kind = random.pick(['skip', 'include'] as const);
    used.add(`@${kind}`);
    const isConstant = random.chance(0.3);
    if (isConstant) used.add('constant condition');
    const value = isConstant ? String(random.chance(0.5)) : variable('Boolean!', random.chance(0.5));
    return ` @${kind}(if: ${value})`;
  }

  function argumentsText(args: readonly GraphQLArgument[]): string {
    const given = args.flatMap((argument) => {
      if (!isRequiredArgument(argument) && !random.chance(0.6)) return [];
      return [`${argument.name}: ${input(argument.type, argument.defaultValue !== undefined)}`];
    });
    return given.length > 0 ? `(${given.join(', ')})` : '';
  }

  function variable(type: string, value: unknown, fallback = ''): string {
    used.add('variable');
    if (value === null) used.add('null variable');
    const name = `v${names++}`;
    declarations.push(`$${name}: ${type}${fallback}`);
    if (value !== undefined) variables[name] = value;
    return `$${name}`;
  }

  /** A literal, a variable, or a literal with variables in it. */
  function input(type: GraphQLInputType, hasDefault: boolean): string {
    const value = valueFor(type, 0);
    if (random.chance(0.45)) {
      if (value !== null || !isNonNullType(type)) {
        const isOpen = !isNonNullType(type) && !hasDefault && random.chance(0.2);
        if (isOpen) {
          used.add('default value');
          return variable(
            String(type),
            random.chance(0.5) ? undefined : value,
            ` = ${literal(type, valueFor(type, 0), true)}`,
          );
        }
        return variable(String(type), value);
      }
    }
    return literal(type, value);
  }

  function valueFor(type: GraphQLInputType, depth: number): unknown {
    if (isNonNullType(type)) return present(type.ofType, depth);
    return random.chance(0.12) ? null : present(type, depth);
  }

  function present(type: GraphQLInputType, depth: number): unknown {
    if (isNonNullType(type)) return present(type.ofType, depth);
    if (isListType(type)) return Array.from({ length: random.int(3) }, () => valueFor(type.ofType, depth));
    if (isEnumType(type)) return random.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isRequiredInputField(field) || (depth < 2 && random.chance(0.4)),
      );
      return Object.fromEntries(fields.map((field) => [field.name, valueFor(field.type, depth + 1)]));
    }
    const number = random.int(1_000);
    switch (type.name) {
      case 'Int':
        return number;
      case 'Float':
        return number / 4;
      case 'Boolean':
        return number % 2 === 0;
      case 'String':
      case 'ID':
        return `${number}${random.pick(['', '"', '\\', '\n', 'ü'])}`;
      default:
        return { number, list: [null, `${number}`] };
    }
  }

  function literal(type: GraphQLInputType, value: unknown, isConstant = false): string {
    if (value === null || value === undefined) return 'null';
    if (isNonNullType(type)) return literal(type.ofType, value, isConstant);
    if (isListType(type))
      return Array.isArray(value)
        ? `[${value.map((item) => literal(type.ofType, item, isConstant)).join(', ')}]`
        : 'null';
    if (isEnumType(type)) return String(value);
    if (isInputObjectType(type)) {
      const fields = type.getFields();
      const members = Object.entries(value).flatMap(([name, member]) => {
        const field = fields[name];
        if (!field) return [];
        // A variable may stand inside an input object too.
        return [
          `${name}: ${!isConstant && random.chance(0.15) && member !== null && !isNonNullType(field.type) && field.defaultValue === undefined ? variable(String(field.type), member) : literal(field.type, member, isConstant)}`,
        ];
      });
      return `{ ${members.join(', ')} }`;
    }
    return json(value);
  }
}

/** JSON, with the names of members as GraphQL writes them. */
function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${name}: ${json(member)}`)
    .join(', ')} }`;
}
