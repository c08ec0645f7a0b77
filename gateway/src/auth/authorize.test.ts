import { Fault } from '@entrepot/kernel/fault';
import { createLogger } from '@entrepot/telemetry/logger';
import { buildSchema, parse } from 'graphql';
import { expect, it } from 'vitest';
import { createAuthorize } from './authorize.ts';
import { createAuthorization } from './denials.ts';
import type { EvaluatePolicies, TokenViewer } from './viewer-state.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const SCHEMA = buildSchema('type Query { open: Int staff: Int scoped: Int mine: Int }');
const requirement = { isAuthenticated: false, scopes: undefined, policies: undefined };
const { demandsOf } = createAuthorization(
  SCHEMA,
  new Map([
    ['Query.staff', { ...requirement, policies: [['role:ORDER_MANAGER']] }],
    ['Query.scoped', { ...requirement, scopes: [['read']] }],
    ['Query.mine', { ...requirement, isAuthenticated: true }],
  ]),
);
const viewer = (over: Partial<TokenViewer> = {}): TokenViewer => ({
  id: 'usr_1',
  kind: 'CUSTOMER',
  roles: [],
  scopes: new Set(),
  claims: {},
  ...over,
});

async function isDenied(field: string, who: TokenViewer | undefined, evaluatePolicies?: EvaluatePolicies) {
  const authorize = createAuthorize({ evaluatePolicies, isAllOrNothing: false, logger });
  const denials = await authorize(demandsOf(parse(`{ ${field} }`)), who);
  return denials?.has('Query', field) ?? false;
}

it('asks for nothing when nothing is demanded', async () => {
  expect(await isDenied('open', undefined)).toBe(false);
});

it('takes everyone with a token for authenticated', async () => {
  expect([await isDenied('mine', undefined), await isDenied('mine', viewer())]).toEqual([true, false]);
});

it('goes by the scopes of the token', async () => {
  const scopes = new Set(['read', 'write']);
  expect([await isDenied('scoped', viewer()), await isDenied('scoped', viewer({ scopes }))]).toEqual([true, false]);
});

it('knows the roles as policies, and an administrator has all of them', async () => {
  const roles = [undefined, viewer(), viewer({ roles: ['CATALOGUE_MANAGER'] })];
  expect(await Promise.all(roles.map((who) => isDenied('staff', who)))).toEqual([true, true, true]);
  expect(await isDenied('staff', viewer({ roles: ['ORDER_MANAGER'] }))).toBe(false);
  expect(await isDenied('staff', viewer({ roles: ['ADMIN'] }))).toBe(false);
});

it('believes an evaluation, and nothing that it was not asked', async () => {
  const claims = { plan: 'gold' };
  const evaluate: EvaluatePolicies = (names, who) => new Set(who?.claims.plan === 'gold' ? names : ['another']);
  expect([await isDenied('staff', viewer({ claims }), evaluate), await isDenied('staff', viewer(), evaluate)]).toEqual([
    false,
    true,
  ]);
});

it.each<[string, EvaluatePolicies]>([
  ['throws', () => Promise.reject(new Error('no policies today'))],
  [
    'throws at once',
    () => {
      throw new Error('no policies today');
    },
  ],
])('denies when the evaluation %s', async (_, evaluate) => {
  expect(await isDenied('staff', viewer({ roles: ['ADMIN'] }), evaluate)).toBe(true);
});

it('refuses the whole operation where that is wanted', () => {
  const authorize = createAuthorize({ isAllOrNothing: true, logger });
  expect(() => authorize(demandsOf(parse('{ open mine }')), undefined)).toThrow(Fault);
  expect(authorize(demandsOf(parse('{ open mine }')), viewer())).toBeUndefined();
});
