import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { record } from './compose-file.ts';

const folder = resolve(import.meta.dirname, '..');

/** A query with what it is for. */
export type Query = { readonly of: string; readonly query: string };

/** Every query of the dashboard, as Grafana would send it when a point is 30 seconds wide. */
export function dashboardQueries(): Query[] {
  const dashboard: unknown = JSON.parse(readFileSync(join(folder, 'grafana/dashboards/entrepot.json'), 'utf8'));
  return list(record(dashboard).panels).flatMap((panel) =>
    list(panel.targets).map(({ expr }) => ({
      of: String(panel.title),
      query: String(expr).replaceAll('$__rate_interval', '30s'),
    })),
  );
}

/** Every expression of the rules. */
export function ruleQueries(): Query[] {
  const rules: unknown = parse(readFileSync(join(folder, 'prometheus/alerts.yml'), 'utf8'));
  return list(record(rules).groups).flatMap((group) =>
    list(group.rules).map(({ alert, record: name, expr }) => ({ of: String(alert ?? name), query: String(expr) })),
  );
}

const WORDS = new Set('and by group_left group_right ignoring offset on or unless without bool inf nan'.split(' '));

/** The metrics that a query reads. */
export function metricsOf(query: string): string[] {
  const bare = query
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
  const names = [...bare.matchAll(/\b[a-zA-Z_][\w:]*\b(?!\s*\()/g)].map(([name]) => name);
  return [...new Set(names.filter((name) => !WORDS.has(name.toLowerCase())))];
}

const list = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.map(record) : []);
