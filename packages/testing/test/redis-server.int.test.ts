import { createServer } from 'node:net';
import { startRedis } from '@entrepot/servers/redis';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { describeWith } from '../src/servers.ts';

describeWith('redis', 'the Redis of this machine', () => {
  it('starts on a port of its own, keeps nothing, and stops', async () => {
    const server = await startRedis();
    if ('unavailable' in server) throw new Error(server.unavailable);
    const client = new Redis(server.url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    expect(await client.set('a', 1)).toBe('OK');
    expect(await client.config('GET', 'save')).toEqual(['save', '']);
    client.disconnect();
    await server.stop();
    await expect(new Redis(server.url, { lazyConnect: true, retryStrategy: () => null }).connect()).rejects.toThrow();
  });

  it('tells that its port is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
      });
    });
    expect(await startRedis({ port })).toEqual({ unavailable: `port ${port} is taken` });
    other.close();
  });
});

it('tells that there is no Redis', async () => {
  expect(await startRedis({ program: 'redis-server-of-nobody' })).toEqual({
    unavailable: 'redis-server is not installed',
  });
});
