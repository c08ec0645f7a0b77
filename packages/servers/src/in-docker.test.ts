import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runArguments } from './docker.ts';
import { KAFKA, kafkaEnvironment, REDIS } from './in-docker.ts';

describe('servers in containers', () => {
  it('are the images of the Compose file', () => {
    const compose = readFileSync(new URL('../../../docker-compose.yml', import.meta.url), 'utf8');
    for (const image of [REDIS, KAFKA]) expect(compose).toContain(`image: ${image}\n`);
  });

  it('are reached on loopback only, and leave nothing behind', () => {
    const options = { image: 'an-image', port: 7001, env: { A: 'b' }, command: ['serve'], readySign: 'ready' };
    const expected = ['run', '--rm', '--publish', '127.0.0.1:7001:7001', '--env', 'A=b', 'an-image', 'serve'];
    expect(runArguments(options)).toEqual(expected);
  });

  it('a broker tells its clients the address at which they reach it', () => {
    expect(kafkaEnvironment(7002)).toMatchObject({
      KAFKA_LISTENERS: expect.stringContaining('PLAINTEXT://0.0.0.0:7002'),
      KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://127.0.0.1:7002',
    });
  });
});
