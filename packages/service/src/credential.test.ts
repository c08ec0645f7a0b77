import { expect, it } from 'vitest';
import { createCredentialCheck } from './credential.ts';

it('only the very credential is taken', () => {
  const secret = 's'.repeat(32);
  const isGateway = createCredentialCheck(secret);
  expect(isGateway(secret)).toBe(true);
  for (const given of [undefined, '', 's', `${secret}s`, secret.toUpperCase(), secret.slice(1)])
    expect(isGateway(given)).toBe(false);
});
