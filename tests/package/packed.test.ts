/**
 * The package as npm packs it, installed into an empty folder: what `faultline new` and `faultline init` write there
 * runs at once, keeps its contracts under two test runners, and compiles in a strict project.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from './consumer.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'faultline-packed-'));
const modules = join(folder, 'node_modules');
const KINDS = { system: 'systems', workload: 'workloads', nemesis: 'nemesis', checker: 'checkers' };

/** npm install of the tarball, without a registry: its dependencies are those of this repository. */
beforeAll(() => {
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  execFileSync('npm', pack, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  mkdirSync(join(modules, 'faultline'), { recursive: true });
  execFileSync('tar', [
    '-xzf',
    join(folder, tarball),
    '-C',
    join(modules, 'faultline'),
    '--strip-components=1',
  ]);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), 'vitest', '@types/node']) {
    mkdirSync(join(modules, name, '..'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  out: string;
}

function node(...words: string[]): Ended {
  const env = { ...process.env, NO_COLOR: '1', CI: 'true', NODE_OPTIONS: '' };
  // A test runner in a test runner is one of its own.
  for (const name of Object.keys(env))
    if (/^(VITEST|NODE_TEST|TEST$)/.test(name)) delete env[name as keyof typeof env];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  return { code: status, out: `${stdout}${stderr}` };
}

const faultline = (...words: string[]): Ended => node(join(modules, 'faultline/bin/faultline.js'), ...words);

describe('an installed faultline', () => {
  it('writes each kind, in both languages, for both test runners', () => {
    for (const kind of Object.keys(KINDS)) {
      expect(faultline('new', kind, `ts-${kind}`)).toMatchObject({ code: 0 });
      expect(faultline('new', kind, `js-${kind}`, '--js', '--test', 'node')).toMatchObject({ code: 0 });
    }
    const names = Object.values(KINDS).flatMap((one) => readdirSync(join(folder, one)));
    expect(names).toHaveLength(4 * 4 + 2);
  });

  it('holds all of them to their contracts: by itself, with node --test, with vitest', () => {
    const files = Object.entries(KINDS).flatMap(([kind, one]) => [
      `${one}/ts-${kind}.ts`,
      `${one}/js-${kind}.mjs`,
    ]);
    const own = faultline('kit', ...files);
    expect(own.out).toMatch(/\n\d+ checks hold\n/);
    expect(own.code).toBe(0);
    const tests = Object.entries(KINDS).map(([kind, one]) => `${one}/js-${kind}.test.mjs`);
    const byNode = node('--test', ...tests);
    expect(byNode.out).toMatch(/# fail 0\n/);
    expect(byNode.code).toBe(0);
    const byVitest = node(program('vitest', 'vitest.mjs'), 'run', '--no-color', 'ts-');
    expect(byVitest.out).toMatch(/Test Files {2}4 passed/);
    expect(byVitest.code).toBe(0);
  });

  it('compiles in a strict project', () => {
    const compilerOptions = {
      target: 'ES2023',
      module: 'NodeNext',
      strict: true,
      noEmit: true,
      types: ['node'],
    };
    const include = ['*/ts-*.ts'];
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }));
    expect(node(program('typescript', 'bin/tsc'), '-p', folder)).toEqual({ code: 0, out: '' });
  });

  it('runs all of them together: a red report of a system that loses what a partition swallows', () => {
    const sim = ['--backend', 'sim', '--time-limit', '5s', '--seed', '1'];
    const red = faultline('run', ...sim);
    expect(red.out).toMatch(/An acknowledged value must reach every node/);
    expect(red.code).toBe(1);
    const plugged = ['--workload', 'ts-workload', '--nemesis', 'js-nemesis', '--checker', 'ts-checker'];
    const green = faultline('run', 'raft', ...plugged, ...sim, '--rate', '100');
    expect(green.out).toMatch(/✓ PASS[\s\S]*ts-checker/);
    expect(green.code).toBe(0);
  });

  it('has a first suite that ends as expected', () => {
    rmSync(join(folder, 'faultline.yaml'));
    expect(faultline('init', '--yes')).toMatchObject({ code: 0 });
    const suite = faultline('suite', 'suites', '--backend', 'sim', '--seed', '7');
    expect(suite.out).toContain('split-brain.yaml  as expected, fail');
    expect(suite.out).toContain('one-leader.yaml  as expected, pass');
    expect(suite.code).toBe(0);
  });
});
