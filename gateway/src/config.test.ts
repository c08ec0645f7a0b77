import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';

const load = (env: Record<string, string> = {}, args: string[] = []) => loadConfig(env, args);

describe('the configuration', () => {
  it('needs nothing', () => {
    expect(load()).toMatchObject({
      PORT: 4000,
      SUPERGRAPH: 'schema/supergraph.graphql',
      INTROSPECTION: true,
      LANDING_PAGE: true,
    });
  });

  it('shows nothing of itself in production, unless told to', () => {
    expect(load({ NODE_ENV: 'production' })).toMatchObject({ INTROSPECTION: false, LANDING_PAGE: false });
    expect(load({ NODE_ENV: 'production', INTROSPECTION: 'true' })).toMatchObject({
      INTROSPECTION: true,
      LANDING_PAGE: false,
    });
  });

  it('listens to the command line first', () => {
    const args = ['--supergraph', 'theirs.graphql', '--port', '4100', '--trusted-only'];
    expect(load({ PORT: '1', SUPERGRAPH: 'ours.graphql' }, args)).toMatchObject({
      PORT: 4100,
      SUPERGRAPH: 'theirs.graphql',
      TRUSTED_ONLY: true,
    });
    expect(() => load({}, ['--prot', '1'])).toThrow('usage');
  });

  it('reads where the subgraphs are', () => {
    expect(load({ SUBGRAPH_URLS: 'a=http://x:1/graphql,b=https://y/?k=v' }).SUBGRAPH_URLS).toEqual(
      new Map([
        ['a', 'http://x:1/graphql'],
        ['b', 'https://y/?k=v'],
      ]),
    );
  });

  it('reads where the replicas of subgraphs are', () => {
    const urls = 'a=http://x:1/graphql|http://y:1/graphql,b=dns+http://b:2/graphql';
    expect(load({ SUBGRAPH_URLS: urls }).SUBGRAPH_URLS).toEqual(
      new Map([
        ['a', 'http://x:1/graphql|http://y:1/graphql'],
        ['b', 'dns+http://b:2/graphql'],
      ]),
    );
    for (const wrong of ['a=http://x:1|', 'a=dns+ftp://x', 'a=http://x|dns+http://y'])
      expect(() => load({ SUBGRAPH_URLS: wrong })).toThrow('SUBGRAPH_URLS');
  });

  it('reads how subgraphs tell their health', () => {
    expect(load({ SUBGRAPH_HEALTH: 'a=/readyz, b=/' }).SUBGRAPH_HEALTH).toEqual(
      new Map([
        ['a', '/readyz'],
        ['b', '/'],
      ]),
    );
    for (const wrong of ['a', 'a=readyz', 'a=/ b', '=/'])
      expect(() => load({ SUBGRAPH_HEALTH: wrong })).toThrow('SUBGRAPH_HEALTH');
  });

  it('names every problem at once', () => {
    const env = {
      PORT: 'x',
      GATEWAY_CREDENTIAL: 'short',
      SUBGRAPH_URLS: 'users',
      REDIS_URL: 'http://x',
      KAFKA_BROKERS: 'kafka',
      TRUSTED_PROXIES: 'balancer',
    };
    for (const name of Object.keys(env)) expect(() => load(env)).toThrow(name);
  });
});
