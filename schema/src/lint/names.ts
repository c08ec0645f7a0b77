import { type Problem, placeOf } from '../problem.ts';
import type { Subgraph } from '../subgraphs.ts';
import { type Element, elementsOf, fieldsOf } from './elements.ts';

const PASCAL_CASE = /^[A-Z][a-z0-9]*(?:[A-Z][a-z0-9]+)*$/;
const CAMEL_CASE = /^[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)*$/;
const UPPER_CASE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;

/** What people do to things in this shop. A mutation with a new verb adds it here, so that nobody adds a synonym unawares. */
const VERBS = new Set(
  (
    'accept activate add adjust approve archive assign attach book cancel capture change claim clear close complete ' +
    'confirm copy create deactivate decline delete detach disable enable exchange expire export extend fulfil give grant ' +
    'hide import invite issue link log mark merge move notify open pause pay place publish read redeem refresh refund ' +
    'register reject release remove rename renew reopen replace report request reserve reset resolve restore resume ' +
    'retry return review revoke save schedule send set settle ship show sign split start stop submit subscribe take ' +
    'transfer undo unlink unpublish unsubscribe update upload verify void vote withdraw'
  ).split(' '),
);

const lintedBy: Record<Element['kind'], readonly [RegExp, string]> = {
  type: [PASCAL_CASE, 'PascalCase, with acronyms as words'],
  extension: [PASCAL_CASE, 'PascalCase, with acronyms as words'],
  field: [CAMEL_CASE, 'camelCase'],
  argument: [CAMEL_CASE, 'camelCase'],
  'input field': [CAMEL_CASE, 'camelCase'],
  'enum value': [UPPER_CASE, 'UPPER_CASE'],
  directive: [CAMEL_CASE, 'camelCase'],
};

/** Cases of names; mutations that begin with a verb; queries that do not begin with "get". */
export function lintNames({ document }: Subgraph): Problem[] {
  return [...lintCases(elementsOf(document)), ...lintRoots(document)];
}

function lintCases(elements: readonly Element[]): Problem[] {
  return elements.flatMap(({ kind, coordinate, name }) => {
    const [pattern, wanted] = lintedBy[kind];
    return pattern.test(name.value) ? [] : [problem('name-case', `the ${kind} ${coordinate} is not ${wanted}`, name)];
  });
}

function lintRoots(document: Subgraph['document']): Problem[] {
  return fieldsOf(document).flatMap(({ type, field: { name } }) => {
    const [first = ''] = name.value.split(/(?=[A-Z])/);
    if (type.name.value === 'Mutation' && !VERBS.has(first)) {
      const message = `the mutation ${name.value} does not begin with a verb ("${first}" is none of schema/src/lint/names.ts)`;
      return [problem('mutation-verb', message, name)];
    }
    if (type.name.value === 'Query' && /^(?:get|list|fetch|find|query)$/.test(first))
      return [problem('query-noun', `the query ${name.value} begins with "${first}": name what it returns`, name)];
    return [];
  });
}

const problem = (rule: string, message: string, node: Element['name']): Problem => ({
  severity: 'error',
  rule,
  message,
  at: placeOf(node),
});
