import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
let clone = '';

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: clone,
    encoding: 'utf8',
  });
const check = (args: readonly string[] = [], env: Record<string, string> = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['schema/src/check-command.ts', ...args], {
    cwd: clone,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  return { status, output: stdout + stderr };
};
const edit = (file: string, from: string, to: string) => {
  const path = join(clone, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`"${from}" is not in ${file}`);
  writeFileSync(path, text.replace(from, to));
};
const compose = () => execFileSync(process.execPath, ['schema/src/compose-command.ts'], { cwd: clone });

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'schema-check-'));
  cpSync(join(root, 'schema'), join(clone, 'schema'), {
    recursive: true,
    filter: (file) => !file.includes('node_modules'),
  });
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', 'schema');
  git('commit', '--quiet', '-m', 'base');
  git('checkout', '--quiet', '-b', 'change');
  git('commit', '--quiet', '--allow-empty', '-m', 'change');
});
afterEach(() => rmSync(clone, { recursive: true }));

describe('npm run schema:check', () => {
  it('ends with 0 on this graph, compared with main', () => {
    const { status, output } = check();
    expect(output).toContain('(main)');
    expect(status).toBe(0);
  });

  it('ends with 1 on a break and names the operation that is hit', () => {
    edit('schema/users.graphql', '  displayName: String!\n  "The e-mail', '  displayName: String\n  "The e-mail');
    compose();
    const { status, output } = check();
    expect(status).toBe(1);
    expect(output).toMatch(/✗ schema\/users\.graphql:\d+ {2}breaking: the field User\.displayName .*ProductPage/);
    expect(output).not.toContain('::error');
  });

  it('annotates for a CI', () => {
    edit('schema/users.graphql', '  displayName: String!\n  "The e-mail', '  displayName: String\n  "The e-mail');
    const { output } = check([], { GITHUB_ACTIONS: 'true' });
    expect(output).toMatch(/^::error file=schema\/users\.graphql,line=\d+,title=FIELD_TYPE_CHANGED::breaking/m);
    expect(output).toMatch(/^::error file=schema\/supergraph\.graphql,line=1,title=supergraph-stale::/m);
  });

  it('compares main itself with the commit before', () => {
    git('checkout', '--quiet', '-B', 'main');
    expect(check()).toMatchObject({ status: 0, output: expect.stringContaining('the commit before this one') });
  });

  it('compares with the base it is told', () => {
    expect(check(['--base', 'HEAD'])).toMatchObject({ status: 0, output: expect.stringContaining('(HEAD)') });
  });

  it('says that nothing was compared when there is no base', () => {
    git('checkout', '--quiet', '--orphan', 'alone');
    git('commit', '--quiet', '-m', 'alone');
    git('branch', '--quiet', '-D', 'main');
    const { status, output } = check();
    expect(status).toBe(0);
    expect(output).toContain('breaking changes were NOT looked for');
  });

  it('ends with 2 when it is told a base that is not there, or a flag it does not know', () => {
    expect(check(['--base', 'nowhere'])).toMatchObject({ status: 2, output: expect.stringContaining('nowhere') });
    expect(check(['--bass', 'main']).status).toBe(2);
  });

  it('ends with 2 when a file of subgraphs.json is missing', () => {
    rmSync(join(clone, 'schema/values/money.graphql'));
    expect(check()).toMatchObject({ status: 2, output: expect.stringContaining('money.graphql') });
  });
});
