/**
 * `faultline campaign`: simulated nights of a second or two each, end to end.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { canariesOf, canaryTable } from '../../../cli/campaign/canaries.ts';
import { campaignNames } from '../../../cli/campaign/known.ts';
import { COMMANDS } from '../../../cli/commands/index.ts';
import { runProgram } from '../../../cli/program.ts';
import { loadCampaign } from '../../../harness/campaign/load.ts';
import type { CampaignSummary } from '../../../harness/campaign/summary.ts';
import { systems } from '../../../systems/index.ts';
import { capturedIo } from '../captured-io.ts';
import { typed } from '../typed.ts';

const root = mkdtempSync(join(tmpdir(), 'faultline-night-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
function project(text: string): string {
  const folder = join(root, String(++folders));
  mkdirSync(folder);
  writeFileSync(join(folder, 'faultline.campaign.yaml'), text);
  return folder;
}

async function faultline(
  cwd: string,
  ...words: string[]
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout: out, stderr: err } = await typed(cwd, ...words);
  return { code, out, err };
}

const QUICK = `campaign: quick
settings: { backend: sim, nodes: 3, timeLimit: 1s, rate: 50, settle: 1s }
canaries: false
`;
const SYSTEMS = `systems: [raft, { system: raft, as: broken, bugs: [stale-read], rate: 300, timeLimit: 3s }]
workloads: [register]
nemeses: { calm: [] }
`;

describe('a night', () => {
  it('of runs that pass passes, and is remembered', async () => {
    const cwd = project(
      `${QUICK}systems: [raft]\nworkloads: [register]\nnemeses: { calm: [] }\nseeds: 2\ntwice: 0.5\n`,
    );
    const { code, out, err } = await faultline(cwd, 'campaign', '--json');
    expect(code, err).toBe(0);
    const summary = JSON.parse(out) as CampaignSummary;
    expect(summary).toMatchObject({
      verdict: 'pass',
      sentence: '2 runs of 1 scenario passed',
      counts: { pass: 2, fail: 0 },
      twice: { compared: 1, different: 0 },
      cost: { attempts: 3 },
    });
    expect(summary.seedSource).toContain('there is no commit here');
    const family = join(cwd, '.faultline', 'campaign-quick');
    expect(JSON.parse(readFileSync(join(family, 'latest', 'summary.json'), 'utf8'))).toEqual(summary);
    const trend = readFileSync(join(family, 'trend.jsonl'), 'utf8').trim().split('\n');
    expect(trend.map((line) => JSON.parse(line) as object)).toMatchObject([
      { scenario: 'raft/register/calm', verdicts: { pass: 2 }, failed: [] },
    ]);
  });

  it('says what failed, that it is new, how often it does, and what runs it again', async () => {
    const cwd =
      project(`${QUICK}systems: [{ system: raft, as: broken, bugs: [stale-read], rate: 150, timeLimit: 2s }]
workloads: [register]
nemeses: { storm: [{ fault: partition, mode: isolate-leader, interval: 200ms, duration: 1s }] }
seeds: [3]
reruns: 1
`);
    const first = await faultline(cwd, 'campaign');
    expect(first.code, first.out + first.err).toBe(1);
    expect(first.out).toMatch(/✖ broken\/register\/storm {3}seed \d {3}new {3}2 of 2 reproduce/);
    const again =
      /faultline (run faultline\.campaign\.yaml --scenario broken\/register\/storm --seed \d)/.exec(
        first.out,
      );
    expect((await faultline(cwd, ...again![1]!.split(' '))).code).toBe(1);
    writeFileSync(
      join(cwd, 'faultline.campaign.yaml'),
      readFileSync(join(cwd, 'faultline.campaign.yaml'), 'utf8').replace('bugs: [stale-read], ', ''),
    );
    const second = await faultline(cwd, 'campaign');
    expect(second.code, second.out + second.err).toBe(0);
    expect(second.out).toMatch(
      /^fixed {6}broken\/register\/storm: passes what failed the last time, seed \d/m,
    );
  });

  it('in shards is one night once they are merged', async () => {
    const cwd = project(`${QUICK}${SYSTEMS}`);
    for (const shard of ['1', '2'])
      expect((await faultline(cwd, 'campaign', '--shard', `${shard}/2`, '--out', `s${shard}`)).code).toBe(0);
    expect(existsSync(join(cwd, '.faultline', 'campaign-quick', 'trend.jsonl'))).toBe(false);
    const whole = await faultline(
      cwd,
      'campaign',
      '--merge',
      's1',
      '--merge',
      's2',
      '--out',
      'all',
      '--json',
    );
    expect(whole.code).toBe(0);
    const summary = JSON.parse(whole.out) as CampaignSummary;
    expect(summary.runs.map(({ scenario }) => scenario).sort()).toEqual([
      'broken/register/calm',
      'raft/register/calm',
    ]);
    expect(summary.shards).toMatchObject([
      { index: 1, of: 2 },
      { index: 2, of: 2 },
    ]);
    for (const { folder } of summary.runs)
      expect(existsSync(join(cwd, 'all', folder, 'verdict.json'))).toBe(true);
    const half = await faultline(cwd, 'campaign', '--merge', 's1', '--merge', 's1', '--out', 'half');
    expect(half.code).toBe(3);
    expect(half.out).toContain('1 run is in no shard');
  });

  it('that was cut short by its budget says what it skipped, and goes on with --resume', async () => {
    const cwd = project(`${QUICK}${SYSTEMS}`);
    const page = join(cwd, 'page.md');
    const io = { ...capturedIo(cwd), env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: page } };
    const cut = {
      code: await runProgram(COMMANDS, '0.0.0', ['campaign', '--budget', '1ms'], io),
      out: io.stdout(),
    };
    expect(cut.code).toBe(3);
    expect(readFileSync(page, 'utf8')).toContain('## quick: VACUOUS\n\nnothing ran\n');
    expect(cut.out).toContain(
      'skipped    2 runs, the budget was used up: raft/register/calm#1, broken/register/calm#1',
    );
    const rest = await faultline(cwd, 'campaign', '--resume', '--budget', '10m');
    expect(rest.code, rest.out + rest.err).toBe(0);
    expect(rest.out).toContain('✓ 2 pass');
  });

  it('carries out regression files again', async () => {
    const cwd = project(`${QUICK}systems: [raft]\nworkloads: [register]\nnemeses: { calm: [] }\n`);
    mkdirSync(join(cwd, 'regressions'));
    const fixture = new URL('../../regressions/queue-lost-message.json', import.meta.url);
    writeFileSync(join(cwd, 'regressions', 'old.json'), readFileSync(fixture));
    const { code, out } = await faultline(cwd, 'campaign', '--json');
    expect(code, out).toBe(0);
    const { runs } = JSON.parse(out) as CampaignSummary;
    expect(runs).toContainEqual(
      expect.objectContaining({ kind: 'regression', repro: 'faultline run regressions/old.json' }),
    );
  });
});

describe('--list', () => {
  it('says what would run, and runs nothing', async () => {
    const cwd = project(`${QUICK.replace('canaries: false\n', '')}${SYSTEMS}`);
    const { code, out } = await faultline(cwd, 'campaign', '--list', '--only', 'raft/');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^canary\/linearizable {2}seed 1 .*\nraft\/register\/calm#1 {2}seed \d+ {2}about 3 s( {2}twice)?\n$/,
    );
    expect(existsSync(join(cwd, '.faultline'))).toBe(false);
  });

  it.each([
    [['--shard', '3/2'], '--shard takes i/n'],
    [['--only', 'raft/registre/calm'], 'did you mean "raft/register/calm"'],
    [['--merge', '.'], '--merge needs --out'],
    [['--resume'], 'there is no night of quick to resume'],
    [['--budget', '60'], '60 has no unit'],
  ])('%j is told what is wrong', async (words, said) => {
    const { code, err } = await faultline(project(`${QUICK}${SYSTEMS}`), 'campaign', ...words);
    expect(code).toBe(64);
    expect(err).toContain(said);
  });
});

describe('faultline run', () => {
  it('says of a campaign that it is one, and of a scenario that there is none', async () => {
    const cwd = project(`${QUICK}${SYSTEMS}`);
    const whole = await faultline(cwd, 'run', 'faultline.campaign.yaml');
    expect(whole).toMatchObject({
      code: 64,
      err: expect.stringContaining('this is a campaign of many runs') as string,
    });
    const none = await faultline(cwd, 'run', 'faultline.campaign.yaml', '--scenario', 'raft/registre/calm');
    expect(none).toMatchObject({ code: 64, err: expect.stringContaining('"raft/register/calm"') as string });
  });
});

describe('canaries', () => {
  it('are bugs that exist, of simulated systems, each for the checker that is to find it', () => {
    for (const [checker, { system, bug }] of Object.entries(canaryTable())) {
      expect(systems[system]!.bugs[bug]!.checker, `${system} ${bug}`).toBe(checker);
      expect(systems[system]!.backends).toContain('sim');
    }
  });

  it('are there for the checkers a campaign relies on; the others are named', async () => {
    const cwd = project(`${QUICK}systems: [raft]\nworkloads: [register]\nnemeses: { calm: [] }\n`);
    const { scenarios } = await loadCampaign(cwd, campaignNames());
    const { canaries, without } = canariesOf(true, scenarios);
    expect(canaries.map(({ checker }) => checker)).toContain('linearizable');
    expect(without).toContain('stats');
    expect(canariesOf([{ system: 'lww', bug: 'arrival-order' }], scenarios).canaries).toEqual([
      { system: 'lww', bug: 'arrival-order', checker: 'last-write-wins' },
    ]);
    expect(canariesOf(false, scenarios)).toEqual({ canaries: [], without: [] });
  });
});
