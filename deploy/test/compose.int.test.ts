import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig as loadGateway } from '@entrepot/gateway/config';
import { loadConfig as loadOrders } from '@entrepot/orders/config';
import { loadConfig as loadProducts } from '@entrepot/products/config';
import { loadConfig as loadUsers } from '@entrepot/users/config';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { checkCompose } from '../src/check-compose.ts';
import { parseCompose, type Service, servicesOf } from '../src/compose-file.ts';
import { interpolate, referencesOf } from '../src/interpolate.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const text = read('docker-compose.yml');
const services = servicesOf(parseCompose(text));

type Env = Record<string, string>;
const PARTS: Record<string, { config: string; load: (env: Env) => { PORT: number } }> = {
  gateway: { config: 'gateway/src/config.ts', load: (env) => loadGateway(env, []) },
  users: { config: 'subgraphs/users/src/config.ts', load: (env) => loadUsers(env) },
  products: { config: 'subgraphs/products/src/config.ts', load: (env) => loadProducts(env) },
  orders: { config: 'subgraphs/orders/src/config.ts', load: (env) => loadOrders(env) },
};
const parts = Object.entries(PARTS).map(([name, part]) => ({ name, ...part, service: named(name) }));

/** What an operator would set: every variable that is demanded. */
const secrets: Env = Object.fromEntries(
  referencesOf(text)
    .filter(({ isRequired }) => isRequired)
    .map(({ name }) => [name, 'x'.repeat(40)]),
);

function named(name: string): Service {
  const service = services.find((candidate) => candidate.name === name);
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

const environmentOf = ({ environment }: Service): Env =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, interpolate(value, secrets)]));

/** The variables that a part's configuration knows, read from its one Zod object. */
const variablesOf = (config: string) =>
  new Set([...read(config).matchAll(/^ {2,4}([A-Z][A-Z0-9_]*):/gm)].map(([, name]) => name));

describe('docker-compose.yml', () => {
  it('keeps the Compose specification, and demands every secret', () => {
    const specification: unknown = JSON.parse(read('deploy/compose/compose-spec.json'));
    expect(checkCompose(text, z.looseObject({}).parse(specification))).toEqual([]);
  });

  it.each(parts)('sets for $name only what its configuration knows', ({ service, config }) => {
    const known = variablesOf(config);
    expect(known).toContain('PORT');
    expect(Object.keys(service.environment).filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(parts)('sets for $name everything its configuration demands', ({ service, load }) => {
    expect(() => load(environmentOf(service))).not.toThrow();
  });

  it.each(parts)('runs what $name is', ({ service }) => {
    const entry = service.command.find((part) => !part.startsWith('--')) ?? '';
    expect(entry).toMatch(/src\/main\.ts$/);
    expect(existsSync(join(root, entry))).toBe(true);
  });

  it('migrates each database before its service starts, by a command that exists', () => {
    for (const name of ['users', 'products', 'orders']) {
      const migration = named(`migrate-${name}`);
      expect(named(name).dependsOn).toContain(migration.name);
      expect(existsSync(join(root, migration.command[0] ?? ''))).toBe(true);
      expect(migration.command[1]).toBe(name);
      const variable = `${name.toUpperCase()}_DATABASE_URL`;
      expect(migration.environment[variable]).toBe(named(name).environment[variable]);
    }
  });

  it('tells of commands that exist', () => {
    const told = [...text.matchAll(/^# .*docker compose run .* (\S+\.ts)\b/gm)].map(([, file = '']) => file);
    expect(told).toHaveLength(2);
    expect(told.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('names services and the ports they listen on', () => {
    const infrastructure = { redis: [6379], kafka: [9092, 9093], haproxy: [8405], prometheus: [9090] };
    const known = new Map<string, number[]>(Object.entries(infrastructure));
    for (const { name, service, load } of parts) known.set(name, [load(environmentOf(service)).PORT]);
    for (const name of ['users', 'products', 'orders']) known.set(`postgres-${name}`, [5432]);
    const texts = [
      ...services.flatMap(({ environment }) => Object.values(environment)),
      read('deploy/grafana/provisioning/datasources/prometheus.yml'),
    ];
    const addresses = texts.flatMap((value) => [...value.matchAll(/(?:@|\/\/|^|,)([a-z][a-z-]*):(\d{2,5})\b/g)]);
    expect(addresses.length).toBeGreaterThan(10);
    const wrong = addresses.filter(([, host = '', port]) => !known.get(host)?.includes(Number(port)));
    expect(wrong.map(([address]) => address)).toEqual([]);
  });

  it('lets Prometheus scrape every part at the port it listens on', () => {
    const Scrapes = z.object({
      scrape_configs: z.array(
        z.object({
          job_name: z.string(),
          dns_sd_configs: z.array(z.object({ names: z.array(z.string()), port: z.number() })),
        }),
      ),
    });
    const jobs = Scrapes.parse(parse(read('deploy/prometheus/prometheus.yml'))).scrape_configs;
    const scraped = Object.fromEntries(jobs.map(({ job_name, dns_sd_configs }) => [job_name, dns_sd_configs[0]]));
    for (const { name, service, load } of parts) {
      expect(scraped[name]).toMatchObject({ names: [name], port: load(environmentOf(service)).PORT });
      expect(service.networks).toContain('watch');
    }
    expect(scraped.haproxy?.port).toBe(Number(named('haproxy').environment.INSIDE?.slice(1)));
  });

  it('publishes the balancer, and Grafana to this machine only', () => {
    const published = services.filter(({ ports }) => ports.length > 0).map(({ name, ports }) => [name, ports]);
    expect(Object.fromEntries(published)).toEqual({
      haproxy: ['${HTTP_PORT:-4000}:8080'],
      grafana: ['127.0.0.1:${GRAFANA_PORT:-3000}:3000'],
    });
  });

  it('gives each database a network on which only its service and its migration are', () => {
    for (const name of ['users', 'products', 'orders']) {
      const inside = services
        .filter(({ networks }) => networks.includes(`${name}-data`))
        .map((service) => service.name);
      expect(inside.filter((service) => !service.endsWith(name))).toEqual([]);
    }
  });

  it('mounts only what is in the repository', () => {
    const missing = services.flatMap(({ mounts }) => mounts).filter((mount) => !existsSync(join(root, mount)));
    expect(missing).toEqual([]);
  });

  it('drains longer than the balancer needs to notice, and stops later than it drains', () => {
    for (const { service, load } of parts) {
      load(environmentOf(service));
      const { READY_DRAIN_MS, DRAIN_MS } = service.environment;
      // Two checks at 500 ms each, and one more for luck.
      expect(Number(READY_DRAIN_MS)).toBeGreaterThanOrEqual(1_500);
      expect(Number(READY_DRAIN_MS) + Number(DRAIN_MS)).toBeLessThan(30_000);
    }
  });
});

describe('the Dockerfile', () => {
  it('runs on the Node that the project pins', () => {
    const pinned = z.object({ dependencies: z.object({ node: z.string() }) }).parse(JSON.parse(read('package.json')));
    expect(read('Dockerfile')).toContain(`FROM node:${pinned.dependencies.node}-`);
  });

  it('ends as a user without rights, with a check of its health', () => {
    const [, run = ''] = read('Dockerfile').split(' AS run');
    expect(run).toMatch(/^USER node$/m);
    expect(run).toMatch(/^HEALTHCHECK /m);
  });
});
