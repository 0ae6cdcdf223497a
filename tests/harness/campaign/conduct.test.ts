/**
 * A night carried out: processes that pass, fail, break, take too long; a budget; an interrupt; a crash of the
 * campaign itself. Its runs are pretended (see pretended-runs.ts).
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Conduct, type Conducted, conduct } from '../../../harness/campaign/conduct.ts';
import { CAMPAIGN_FILES, journalLine, readCampaign } from '../../../harness/campaign/journal.ts';
import { type LocalRunning, localRunner } from '../../../harness/campaign/runner.ts';
import type { PlannedRun } from '../../../harness/campaign/types.ts';
import { processInfo } from '../../../harness/cluster/proc.ts';
import { writeJson } from '../../../harness/store/atomic.ts';
import { meta } from '../store/samples.ts';
import { PROGRAM, run } from './pretended-runs.ts';
import { failure, storedPlan } from './samples.ts';

const root = mkdtempSync(join(tmpdir(), 'faultline-conduct-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const program = join(root, 'program.mjs');
writeFileSync(program, PROGRAM);

const never = new AbortController().signal;
let folders = 0;

function how(runs: readonly PlannedRun[], more: Partial<Conduct & LocalRunning> = {}): Conduct {
  const { jobs = 1, ...over } = more;
  const folder = over.folder ?? join(root, String(++folders));
  mkdirSync(join(folder, CAMPAIGN_FILES.runs), { recursive: true });
  if (!existsSync(join(folder, CAMPAIGN_FILES.plan)))
    writeJson(join(folder, CAMPAIGN_FILES.plan), storedPlan(runs));
  return {
    folder,
    runs,
    tries: { retries: 1, reruns: 1 },
    keep: 'failing',
    budgetMs: null,
    runLimitMs: 20_000,
    runner: localRunner({
      ...{ jobs, runLimitMs: over.runLimitMs ?? 20_000, program: [process.execPath, program], cwd: folder },
      ...{ stop: over.stop ?? never, leave: never },
    }),
    repro: (words) => `faultline ${words.join(' ')}`,
    ended: [],
    open: [],
    stop: never,
    onAttempt: () => undefined,
    ...over,
  };
}

const told = ({ attempts }: Conducted): string[] =>
  attempts.map(({ run, purpose, verdict }) => `${run} ${purpose} ${verdict}`);

describe('a night', () => {
  it('carries out every run in a process of its own, and keeps the histories of failures', async () => {
    const night = how([run('pass'), run('fail')]);
    const conducted = await conduct(night);
    expect(told(conducted)).toEqual([
      'pass/w/n#1 first pass',
      'fail/w/n#1 first fail',
      'fail/w/n#1 rerun fail',
    ]);
    const [passed, failed] = conducted.attempts;
    expect(passed).toMatchObject({ repro: 'faultline pass --seed 7', sentence: 'it ended as pass' });
    expect(existsSync(join(night.folder, passed!.folder, 'history.jsonl'))).toBe(false);
    expect(existsSync(join(night.folder, passed!.folder, 'verdict.json'))).toBe(true);
    expect(existsSync(join(night.folder, failed!.folder, 'history.jsonl'))).toBe(true);
  });

  it('tells what broke in the words of the run, and tries it again unless that cannot help', async () => {
    const conducted = await conduct(how([run('once'), run('crash'), run('usage')]));
    expect(told(conducted)).toEqual([
      'once/w/n#1 first broken',
      'once/w/n#1 retry pass',
      'crash/w/n#1 first broken',
      'crash/w/n#1 retry broken',
      'usage/w/n#1 first broken',
    ]);
    expect(conducted.attempts.map(({ sentence }) => sentence)).toMatchObject(
      [
        'the run was ended by SIGKILL without a verdict',
        'it ended as pass',
        'the run ended with exit code 4: no port is free',
        {},
        'the run ended with exit code 64: there is no system "x"',
      ].map((text) => (typeof text === 'string' ? text : expect.any(String))),
    );
  });

  it('compares the histories of runs carried out twice', async () => {
    const { attempts } = await conduct(how([run('pass', { twice: true }), run('random', { twice: true })]));
    const [a, b, c, d] = attempts.map(({ digest }) => digest);
    expect(a).toBe(b);
    expect(c).not.toBe(d);
  });

  it('ends a run that takes longer than it may, and does not try it again', async () => {
    const conducted = await conduct(how([run('slow')], { runLimitMs: 400 }));
    expect(conducted.attempts).toMatchObject([
      { verdict: 'broken', sentence: 'the run took longer than it may (runLimit)', final: true },
    ]);
  });

  it('starts nothing that would not end within the budget, and says what', async () => {
    const runs = [run('pass', { estimateMs: 90_000 }), run('fail', { id: 'fail/w/n#2' })];
    const conducted = await conduct(how(runs, { budgetMs: 20_000, tries: { retries: 0, reruns: 0 } }));
    expect(told(conducted)).toEqual(['fail/w/n#2 first fail']);
    expect(conducted.skipped).toEqual([{ id: 'pass/w/n#1', because: 'the budget was used up' }]);
  });

  it('tries every run before it counts how often failures come back, and counts in rounds', async () => {
    const runs = [
      ...[run('fail'), run('once'), run('fail', { id: 'fail/w/n#2' })],
      ...[run('pass', { twice: true }), run('brief')],
    ];
    const { attempts } = await conduct(how(runs, { tries: { retries: 1, reruns: 2 } }));
    expect(told({ attempts } as Conducted)).toEqual([
      ...['fail/w/n#1 first fail', 'once/w/n#1 first broken', 'once/w/n#1 retry pass'],
      ...[
        'fail/w/n#2 first fail',
        'pass/w/n#1 first pass',
        'pass/w/n#1 twice pass',
        'brief/w/n#1 first pass',
      ],
      ...['fail/w/n#1 rerun fail', 'fail/w/n#2 rerun fail', 'fail/w/n#1 rerun fail', 'fail/w/n#2 rerun fail'],
    ]);
  });

  it('does so with several at a time', async () => {
    const ids = [1, 2, 3, 4].map((n) => run('fail', { id: `fail/w/n#${n}` }));
    const runs = [...ids, run('pass'), run('brief')];
    const { attempts } = await conduct(how(runs, { jobs: 2, tries: { retries: 0, reruns: 2 } }));
    const startOf = (rerun: boolean): number[] =>
      attempts.filter(({ purpose }) => (purpose === 'rerun') === rerun).map(({ fromMs }) => fromMs);
    expect([startOf(false).length, startOf(true).length]).toEqual([6, 8]);
    expect(Math.max(...startOf(false))).toBeLessThanOrEqual(Math.min(...startOf(true)));
  });

  it('goes on with reruns only after what was never tried, and says which the budget left out', async () => {
    const runs = [run('fail'), run('pass')];
    const tries = { retries: 0, reruns: 3 };
    const ended = [failure({ run: 'fail/w/n#1', toMs: 100_000 })];
    const whole = await conduct(how(runs, { ended, tries }));
    expect(told(whole)).toEqual([
      ...['fail/w/n#1 first fail', 'pass/w/n#1 first pass'],
      ...Array<string>(3).fill('fail/w/n#1 rerun fail'),
    ]);
    expect(whole.notRerun).toEqual([]);
    // The failure took 100 s, by which a rerun would end too late.
    const short = await conduct(how(runs, { ended, tries, budgetMs: 150_000 }));
    expect(told(short)).toEqual(['fail/w/n#1 first fail', 'pass/w/n#1 first pass']);
    expect(short).toMatchObject({
      skipped: [],
      notRerun: [{ id: 'fail/w/n#1', tries: 3, because: 'budget' }],
    });
  });

  it('runs as many at a time as it may', async () => {
    const runs = [1, 2].map((n) => run('brief', { id: `brief/w/n#${n}` }));
    const { attempts } = await conduct(how(runs, { jobs: 2 }));
    const [a, b] = attempts;
    expect(Math.max(a!.fromMs, b!.fromMs)).toBeLessThan(Math.min(a!.toMs, b!.toMs));
    expect(attempts.map(({ slot }) => slot).sort()).toEqual([0, 1]);
  });

  it('counts nothing that was interrupted', async () => {
    const stop = new AbortController();
    const conducting = conduct(how([run('slow'), run('pass')], { stop: stop.signal }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    stop.abort('SIGINT');
    expect(await conducting).toMatchObject({ interrupted: true, attempts: [] });
  });
});

describe('a campaign that was killed', () => {
  it('goes on where it was: what ended counts, what was open is done again', async () => {
    const runs = [run('pass'), run('fail')];
    const first = how(runs, { tries: { retries: 0, reruns: 0 } });
    await conduct({ ...first, runs: [runs[0]!] });
    const started = { kind: 'started' as const, run: 'fail/w/n#1', attempt: 1, purpose: 'first' as const };
    const folder = 'runs/fail-w-n.1/1';
    journalLine(first.folder, { ...started, seed: 7, fromMs: 9, slot: 0, folder, pid: 1, startTicks: -1 });
    appendFileSync(join(first.folder, CAMPAIGN_FILES.journal), '{"kind":"ended","run":"fail/w/n#1","atte');
    mkdirSync(join(first.folder, folder), { recursive: true });
    writeFileSync(join(first.folder, folder, 'history.jsonl'), 'half');
    const { ended, open, plan } = readCampaign(first.folder);
    expect(plan.runs).toEqual(runs);
    expect(ended.map(({ run: id }) => id)).toEqual(['pass/w/n#1']);
    expect(open.map(({ run: id }) => id)).toEqual(['fail/w/n#1']);
    const conducted = await conduct({ ...first, ended, open });
    expect(told(conducted)).toEqual(['pass/w/n#1 first pass', 'fail/w/n#1 first fail']);
    expect(conducted.attempts[1]!.folder).toBe('runs/fail-w-n.1/1.1');
    expect(readFileSync(join(first.folder, folder, 'history.jsonl'), 'utf8')).toBe('half');
    expect(readCampaign(first.folder)).toMatchObject({ open: [], ended: conducted.attempts });
  });

  it('waits for a run that outlived it, and takes its verdict', async () => {
    const night = how([run('brief')]);
    const folder = 'runs/brief-w-n.1/1';
    const out = join(night.folder, folder);
    const child = spawn(process.execPath, [program, 'brief', '--out', out], { stdio: 'ignore' });
    const { startTicks } = processInfo(child.pid!)!;
    const open = [
      {
        ...{ kind: 'started' as const, run: 'brief/w/n#1', attempt: 1, purpose: 'first' as const },
        ...{ seed: 7, fromMs: 100, slot: 0, folder, pid: child.pid!, startTicks },
      },
    ];
    const [started, ended] = ['2026-11-20T02:00:00.000Z', '2026-11-20T02:00:05.000Z'];
    mkdirSync(out, { recursive: true });
    writeJson(join(out, 'run.json'), { ...meta, started, ended });
    const conducted = await conduct({ ...night, open });
    expect(conducted.attempts).toMatchObject([{ verdict: 'pass', folder, attempt: 1 }]);
    // By its own account, not by how long it was waited for.
    expect(conducted.attempts[0]!.toMs - conducted.attempts[0]!.fromMs).toBeGreaterThanOrEqual(5_000);
    expect(conducted.elapsedMs).toBeGreaterThanOrEqual(5_000);
  });

  it('is told from any other folder', () => {
    expect(() => readCampaign(root)).toThrow('there is no campaign here');
  });
});
