/**
 * Systems, workloads, faults and checkers of the user's own: by their paths and under `plugins`, everywhere a name
 * works, found again by what was stored, and refused in words.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../harness/plan/plan.ts';
import { Workplace } from './cli.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/plugins', import.meta.url));
const place = new Workplace();
const file = (name: string): string => join(place.path, name);
const put = (name: string, text: string): void => writeFileSync(file(name), text);

beforeAll(() => cpSync(FIXTURES, file('own'), { recursive: true }));
afterAll(() => place.remove());

const SIM = ['--backend', 'sim', '--time-limit', '2s', '--rate', '50', '--seed', '7'];
const planOf = (folder: string): Plan =>
  JSON.parse(readFileSync(join(place.path, folder, 'plan.json'), 'utf8')) as Plan;

describe('plug-ins by their paths', () => {
  it('run as a system, a workload, faults and a checker together, and are part of the plan and the report', async () => {
    const { code, stdout, stderr } = await place.run(
      ...[
        'run',
        '--system',
        './own/keep.ts',
        '--workload',
        './own/adds.ts',
        '--nemesis',
        './own/doze.ts:light,kill',
      ],
      ...['--interval', '300ms', '--duration', '200ms', ...SIM, '--out', 'first'],
    );
    expect(stdout + stderr).toContain('Nobody may read 13, but process');
    expect(code).toBe(1);
    const plan = planOf('first');
    expect(plan).toMatchObject({ workload: 'adds', speaks: 'set' });
    expect(plan.plugins!.map(({ kind, name, file }) => `${kind} ${name} ${file}`)).toEqual([
      'checker thirteen own/adds.ts',
      'fault doze own/doze.ts',
      'system keep own/keep.ts',
      'workload adds own/adds.ts',
    ]);
    expect(plan.faults.map(({ fault, mode }) => `${fault}:${mode}`)).toContain('doze:light');
    const report = readFileSync(file('first/report.html'), 'utf8');
    expect(report).toContain('thirteen');
    expect(report).toMatch(/own\/doze\.ts \(SHA-256 [0-9a-f]{12}\)/);
  });

  it('are found again by replay, check and shrink', async () => {
    const replayed = await place.run('replay', 'first');
    expect(replayed.stderr).toMatch(/the same \d+ operations as before, byte for byte/);
    const checked = await place.run('check', 'first', '--json');
    expect(JSON.parse(checked.stdout).checkers.thirteen.verdict).toBe('fail');
    const shrunk = await place.run(
      'shrink',
      'first',
      '--out',
      'regressions/thirteen.json',
      '--budget',
      '20s',
    );
    expect(shrunk.stdout).toContain('thirteen: unlucky-read');
    const again = await place.run('run', 'regressions/thirteen.json');
    expect(again.stderr).toContain('fails as recorded: thirteen, unlucky-read');
    const inTests = new URL('../../dist/search/regression.js', import.meta.url).href;
    put(
      'check.mjs',
      `import { checkRegression } from '${inTests}';\nawait checkRegression('regressions/thirteen.json').catch((error) => console.log(error.message));\n`,
    );
    const said = spawnSync(process.execPath, ['check.mjs'], { cwd: place.path, encoding: 'utf8' });
    expect(said.stdout).toContain('fails as recorded');
  });

  it('run as processes', async () => {
    const { code, stdout } = await place.run(
      ...[
        'run',
        '--system',
        './own/keep.ts',
        '--backend',
        'stdio',
        '--time-limit',
        '2s',
        '--rate',
        '50',
        '--json',
      ],
    );
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'pass', system: 'keep', backend: 'stdio' });
    expect(code).toBe(0);
  });

  it('are searched: own systems with their bugs, own workloads and faults on reference systems, also by workers', async () => {
    const own = await place.run(
      ...['explore', 'keep', '--plugin', 'own/keep.ts', '--bug', 'forgets', '--first', '--workers', '2'],
      ...['--max-runs', '40', '--json'],
    );
    expect(JSON.parse(own.stdout)[0].found[0]).toMatchObject({ checker: 'set-full' });
    const raft = await place.run(
      ...['explore', 'raft', '--workload', './own/adds.ts', '--nemesis', './own/doze.ts', '--max-runs', '16'],
      ...['--workers', '2', '--json'],
    );
    const found = JSON.parse(raft.stdout)[0].found as { checker: string }[];
    expect(found.map(({ checker }) => checker)).toEqual(['thirteen']);
  });

  it('judge histories from elsewhere', async () => {
    const ops = [
      { process: 0, type: 'invoke', f: 'read', value: null },
      { process: 0, type: 'ok', f: 'read', value: [12] },
    ];
    put('h.jsonl', ops.map((op, index) => `${JSON.stringify({ index, time: index, ...op })}\n`).join(''));
    expect(
      (await place.run('check', 'h.jsonl', '--checker', 'thirteen', '--plugin', 'own/adds.ts')).code,
    ).toBe(0);
    const twelve = ['--checker', 'thirteen', '--option', 'unlucky=12'];
    expect((await place.run('check', 'h.jsonl', ...twelve, '--plugin', 'own/adds.ts')).code).toBe(1);
  });
});

describe('plug-ins of a folder', () => {
  it('are named once under plugins, and then are names like others', async () => {
    put(
      'faultline.yaml',
      'plugins: [own/keep.ts, own/adds.ts, own/doze.ts]\nsystem: keep\nworkload: adds\nnemesis: [doze]\nbackend: sim\n' +
        'timeLimit: 2s\nrate: 50\ninterval: 300ms\nduration: 200ms\nexpect: fail\nfoundBy: thirteen\nbecause: it reads 13\n',
    );
    const families: [string, string][] = [
      ['systems', 'keep'],
      ['workloads', 'adds'],
      ['faults', 'doze'],
      ['checkers', 'thirteen'],
    ];
    const listed = JSON.parse((await place.run('list', '--json')).stdout) as Record<
      string,
      { name: string }[]
    >;
    for (const [family, name] of families) expect(listed[family]!.map((one) => one.name)).toContain(name);
    expect((await place.run('describe', 'doze')).stdout).toMatch(/doze {2}\(faults\)[\s\S]*own\/doze\.ts/);
    expect((await place.run('run', '--json')).code).toBe(1);
    const suite = await place.run('suite', 'faultline.yaml', '--seed', '7');
    expect(suite.stdout).toContain('as expected, fail');
    expect(suite.code).toBe(0);
  });

  it('take part in campaigns, whose runs are processes of their own', async () => {
    put(
      'faultline.campaign.yaml',
      'campaign: own\nplugins: [own/keep.ts]\nsystems: [keep, { system: raft, weight: 1 }]\nworkloads: [./own/adds.ts]\n' +
        'nemeses: { dozing: [./own/doze.ts], none: [] }\ncanaries: false\nreruns: 0\ntwice: 0\n' +
        'settings: { backend: sim, timeLimit: 2s, rate: 50, interval: 300ms, duration: 200ms }\n',
    );
    const listed = await place.run('campaign', '--list');
    expect(listed.stdout).toContain('raft/adds/dozing');
    const { code, stdout } = await place.run('campaign', '--only', 'keep/adds/none', '--seed', '3', '--json');
    expect(JSON.stringify(JSON.parse(stdout))).toContain('thirteen');
    expect(code).toBe(1);
  });
});

describe('what is wrong with a plug-in', () => {
  const refused = async (...words: string[]): Promise<string> => {
    const { code, stderr } = await place.run(...words);
    expect(code, stderr).toBe(64);
    expect(stderr).not.toMatch(/\n\s+at /);
    return stderr;
  };

  it('is one usage error', async () => {
    rmSync(file('faultline.yaml'), { force: true });
    rmSync(file('faultline.campaign.yaml'), { force: true });
    put('two.yaml', 'system: raft\nplugins:\n  - own/doze.ts\n  - own/none.ts\n');
    expect(await refused('run', 'own/keep.ts')).toContain('faultline run --system ./own/keep.ts');
    expect(await refused('run', 'two.yaml')).toContain('two.yaml:4:5  there is no such plug-in own/none.ts');
  });

  it('is said when a run needs a module that has changed or is gone', async () => {
    writeFileSync(file('own/doze.ts'), `${readFileSync(file('own/doze.ts'), 'utf8')}// changed\n`);
    const changed = await place.run('check', 'first');
    expect(changed.stderr).toMatch(
      /fault doze has changed since: own\/doze\.ts was [0-9a-f]{12}, is [0-9a-f]{12}/,
    );
    rmSync(file('own/doze.ts'));
    expect(await refused('replay', 'first')).toContain(
      'was made with the fault "doze" of own/doze.ts, and that file is gone',
    );
    expect(readdirSync(file('own')).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
