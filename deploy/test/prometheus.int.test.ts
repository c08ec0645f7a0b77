import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { runProgram } from '../src/program.ts';
import { describeWithProgram } from './describe-with-program.ts';

const folder = resolve(import.meta.dirname, '../prometheus');
const read = (file: string): unknown => parse(readFileSync(join(folder, file), 'utf8'));

const Rules = z.object({ groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string().optional() })) })) });
const Tests = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()).default([]) })),
    }),
  ),
});

describeWithProgram('promtool', 'prometheus', 'the rules of Prometheus', () => {
  it.each([
    ['its configuration', ['check', 'config', 'prometheus.yml']],
    ['its rules', ['check', 'rules', '--lint-fatal', 'alerts.yml']],
    ['when they fire and when not', ['test', 'rules', 'alerts.test.yml']],
  ])('keep what promtool checks of %s', (_, args) => {
    const { status, output } = runProgram('promtool', args, {}, folder);
    expect(output).not.toContain('FAILED');
    expect(status).toBe(0);
  });

  it('are each shown to fire, and to be silent in a calm shop', () => {
    const alerts = Rules.parse(read('alerts.yml')).groups.flatMap(({ rules }) =>
      rules.flatMap(({ alert }) => alert ?? []),
    );
    const [calm, ...others] = Tests.parse(read('alerts.test.yml')).tests;
    const silent = calm?.alert_rule_test.filter(({ exp_alerts }) => exp_alerts.length === 0);
    const firing = others.flatMap(({ alert_rule_test }) =>
      alert_rule_test.filter(({ exp_alerts }) => exp_alerts.length > 0),
    );
    const names = (list: readonly { alertname: string }[] = []) =>
      [...new Set(list.map(({ alertname }) => alertname))].sort();
    expect(alerts.length).toBeGreaterThan(0);
    expect(names(silent)).toEqual(alerts.toSorted());
    expect(names(firing)).toEqual(alerts.toSorted());
  });
});
