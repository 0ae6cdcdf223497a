/**
 * `faultline new` and `faultline kit`: what is written, where, and for whom; what it writes keeps its contract.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../cli/commands/index.ts';
import { completedCommands } from '../../../cli/completion-words.ts';
import { withPluginLine } from '../../../cli/project-files.ts';
import { typed } from '../typed.ts';

const root = mkdtempSync(join(tmpdir(), 'faultline-new-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = (): string => mkdtempSync(join(root, 'project-'));

async function faultline(
  cwd: string,
  ...words: string[]
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout: out, stderr: err } = await typed(cwd, ...words);
  return { code, out, err };
}

describe('faultline new', () => {
  it.each(['workload', 'nemesis', 'checker'])(
    'writes a %s that keeps its contract, in either language',
    async (kind) => {
      const cwd = folder();
      for (const [name, ...words] of [[`a-${kind}`], [`b-${kind}`, '--js', '--folder', 'own/']]) {
        const made = await faultline(cwd, 'new', kind, name!, ...words);
        expect(made, made.err).toMatchObject({ code: 0 });
        const [main, test] = made.out.split('\n');
        expect(test).toMatch(/\.test\.mjs$/);
        expect(readFileSync(join(cwd, test!), 'utf8')).toContain("from 'node:test'");
        const held = await faultline(cwd, 'kit', main!);
        expect(held, held.out).toMatchObject({ code: 0 });
        expect(held.out).toMatch(/\n\d+ checks hold\n$/);
      }
      expect(readFileSync(join(cwd, 'faultline.yaml'), 'utf8')).toMatch(
        /plugins:\n {2}- \.\/.*\n {2}- \.\/own\/b-.*\.mjs\n/,
      );
    },
  );

  it('writes a test for vitest where the project has it, and none when told so', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'package.json'), '{ "devDependencies": { "vitest": "4" } }');
    await faultline(cwd, 'new', 'workload', 'for-vitest');
    expect(readFileSync(join(cwd, 'workloads/for-vitest.test.ts'), 'utf8')).toContain("from 'vitest'");
    const { out } = await faultline(cwd, 'new', 'workload', 'for-nobody', '--test', 'none');
    expect(out).toBe('workloads/for-nobody.ts\nfaultline.yaml (plugins)\n');
  });

  it('refuses what cannot be, and writes nothing then', async () => {
    const cwd = folder();
    const refused = async (...words: string[]): Promise<string> => {
      const { code, err } = await faultline(cwd, 'new', ...words);
      expect(code).toBe(64);
      return err;
    };
    expect(await refused('worklode', 'x')).toContain('did you mean "workload"?');
    expect(await refused('workload', 'My Set')).toContain('"My Set" is no name for it');
    expect(await refused('workload', 'register')).toContain('there is a workload "register" already');
    expect(await refused('nemesis', 'kill')).toContain('there is a nemesis "kill" already');
    expect(await refused('checker', 'x', '--test', 'jest')).toContain('no test can be written for "jest"');
    mkdirSync(join(cwd, 'workloads'));
    writeFileSync(join(cwd, 'workloads/mine.test.mjs'), 'mine');
    expect(await refused('workload', 'mine')).toContain(
      'workloads/mine.test.mjs  there is such a file already',
    );
    expect(existsSync(join(cwd, 'workloads/mine.ts'))).toBe(false);
    expect(existsSync(join(cwd, 'faultline.yaml'))).toBe(false);
  });

  it('is known to shells', () => {
    const { argument } = completedCommands(COMMANDS).find(({ name }) => name === 'new')!;
    expect(argument).toEqual({
      kind: 'words',
      families: [],
      words: ['system', 'workload', 'nemesis', 'checker'],
    });
  });
});

describe('faultline kit', () => {
  it('says which promise is broken, and exits with 1', async () => {
    const cwd = folder();
    await faultline(cwd, 'new', 'nemesis', 'lasting');
    const path = join(cwd, 'nemesis/lasting.ts');
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(
        'await onEach(stopped, (node) => cluster.resume(node))',
        '{ failures: [] as string[] }',
      ),
    );
    const { code, out } = await faultline(cwd, 'kit', 'nemesis/lasting.ts');
    expect(code).toBe(1);
    expect(out).toMatch(
      /✖ nemesis\/lasting\.ts {2}brief: is injected with evidence, and undone[^\n]*\n {4}the cluster is not what it was/,
    );
    const { out: json } = await faultline(cwd, 'kit', 'nemesis/lasting.ts', '--json');
    expect(
      (JSON.parse(json) as { problem: string | null }[]).filter(({ problem }) => problem !== null).length,
    ).toBeGreaterThan(0);
    expect((await faultline(cwd, 'kit', 'gone.ts')).code).toBe(64);
  });
});

describe('plugins of a configuration', () => {
  it.each([
    ['', 'plugins:\n  - ./n.ts\n'],
    ['system: raft # mine', 'system: raft # mine\nplugins:\n  - ./n.ts\n'],
    ['plugins: [./a.ts] # why\nsystem: raft\n', 'plugins: [./a.ts, ./n.ts] # why\nsystem: raft\n'],
    [
      'plugins:\n    - ./a.ts # why\nsystem:  raft\n',
      'plugins:\n    - ./a.ts\n    - ./n.ts # why\nsystem:  raft\n',
    ],
    ['plugins:\n- a.ts\n- b.ts\n\nsystem: raft\n', 'plugins:\n- a.ts\n- b.ts\n- ./n.ts\n\nsystem: raft\n'],
    ['plugins: []\nsystem: raft\n', 'plugins: [./n.ts]\nsystem: raft\n'],
  ])('%j', (before, after) => {
    expect(withPluginLine(before, './n.ts')).toBe(after);
  });
});
