import { describe, expect, it } from 'vitest';
import { checkCompose } from './check-compose.ts';
import { interpolate, referencesOf } from './interpolate.ts';

const specification = {
  type: 'object',
  properties: { services: { type: 'object', additionalProperties: { properties: { image: { type: 'string' } } } } },
};
const check = (text: string) => checkCompose(text, specification);

describe('the check of a Compose file', () => {
  it('takes one that is well', () => {
    const text = `services:
  db: { image: postgres, networks: [data], volumes: ["data:/var/lib", "./conf:/etc/conf"], environment: { PASSWORD: "\${PASSWORD:?set it}" } }
  app: { image: app, depends_on: { db: { condition: service_healthy } } }
networks: { data: {} }
volumes: { data: {} }`;
    expect(check(text)).toEqual([]);
  });

  it.each([
    ['what the specification does not allow', 'services: { db: { image: 1 } }', '/services/db/image must be string'],
    ['a service waited for that is none', 'services: { app: { depends_on: [db] } }', 'names the service db'],
    ['a network that is none', 'services: { app: { networks: [data] } }', 'names the network data'],
    ['a volume that is none', 'services: { app: { volumes: ["data:/x"] } }', 'names the volume data'],
    [
      'a secret with a default',
      'services: { app: { command: "${DB_PASSWORD:-postgres}" } }',
      'DB_PASSWORD must be demanded',
    ],
    [
      'a secret that may be missing',
      'services: { app: { command: "${GATEWAY_CREDENTIAL}" } }',
      'GATEWAY_CREDENTIAL must be',
    ],
    [
      'a secret written out',
      'services: { app: { environment: { DB_PASSWORD: postgres } } }',
      'has the secret DB_PASSWORD',
    ],
  ])('tells %s', (_, text, problem) => {
    expect(check(text)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('a variable', () => {
  it('is found with its default or its reason', () => {
    expect(referencesOf('a $$b ${C} ${D:-d} ${E:?why} ${F-f}')).toEqual([
      { name: 'C', fallback: undefined, isRequired: false },
      { name: 'D', fallback: 'd', isRequired: false },
      { name: 'E', fallback: undefined, isRequired: true },
      { name: 'F', fallback: 'f', isRequired: false },
    ]);
  });

  it('becomes its value, its default or nothing', () => {
    expect(interpolate('$${A} ${A} ${B:-b} ${C}', { A: '1' })).toBe('${A} 1 b ');
  });

  it('stops what cannot be without it', () => {
    expect(() => interpolate('${A:?needed for B}', {})).toThrow('A is not set');
  });
});
