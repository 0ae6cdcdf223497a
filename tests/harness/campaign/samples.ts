/**
 * Runs and tries as tests of campaigns need them.
 */
import type { Attempt } from '../../../harness/campaign/attempts.ts';
import type { StoredPlan } from '../../../harness/campaign/journal.ts';
import type { TrendLine } from '../../../harness/campaign/trend.ts';
import type { PlannedRun, Scenario } from '../../../harness/campaign/types.ts';

/** A planned run of the matrix. */
export function planned(over: Partial<PlannedRun> = {}): PlannedRun {
  return {
    id: 'raft/register/storm#1',
    kind: 'run',
    scenario: 'raft/register/storm',
    words: ['run', 'nightly.yaml', '--scenario', 'raft/register/storm'],
    seeds: [7],
    deterministic: true,
    twice: false,
    estimateMs: 1_000,
    ...over,
  };
}

/** A try that passed. */
export function attempt(over: Partial<Attempt> = {}): Attempt {
  return {
    run: 'raft/register/storm#1',
    attempt: 1,
    purpose: 'first',
    seed: 7,
    fromMs: 0,
    toMs: 1_000,
    slot: 0,
    verdict: 'pass',
    sentence: 'it held',
    final: false,
    kinds: [],
    foundBy: [],
    checkers: { linearizable: 'pass' },
    operations: 100,
    faults: { planned: 2, fired: 2 },
    digest: 'aa',
    folder: 'runs/raft-register-storm.1/1',
    repro: 'faultline run nightly.yaml --scenario raft/register/storm --seed 7',
    ownSeed: 7,
    ...over,
  };
}

/** A try that failed. */
export function failure(over: Partial<Attempt> = {}): Attempt {
  return attempt({
    verdict: 'fail',
    sentence: 'a write was lost',
    kinds: ['lost-write'],
    foundBy: ['linearizable'],
    checkers: { linearizable: 'fail' },
    ...over,
  });
}

/** A scenario. */
export function scenario(over: Partial<Scenario> = {}): Scenario {
  return {
    name: 'raft/register/storm',
    system: 'raft',
    workload: 'register',
    nemesis: 'storm',
    weight: 1,
    seeds: 1,
    config: { system: 'raft', workload: 'register', nemesis: ['partition'], backend: 'sim' },
    directory: '/nowhere',
    ...over,
  };
}

/** A night of one scenario, by the day of a month. */
export function night(day: number, over: Partial<TrendLine> = {}): TrendLine {
  return {
    schema: 1,
    night: `2026-11-${String(day).padStart(2, '0')}T02:00:00.000Z`,
    commit: `c${day}`,
    scenario: 'raft/register/storm',
    kind: 'run',
    verdicts: { pass: 1 },
    failed: [],
    meanMs: 1_000,
    operations: 100,
    flaky: 0,
    ...over,
  };
}

/** A stored plan of these runs. */
export function storedPlan(runs: readonly PlannedRun[], over: Partial<StoredPlan> = {}): StoredPlan {
  return {
    schema: 1,
    name: 'nightly',
    commit: 'abc1234',
    seedSource: 'from commit abc1234 and the name of the scenario',
    shard: { index: 1, of: 1 },
    runs,
    all: runs.map(({ id }) => id),
    leftOut: [],
    withoutCanary: [],
    started: '2026-11-20T02:00:00.000Z',
    command: 'faultline campaign nightly.yaml',
    file: 'nightly.yaml',
    cwd: '/nowhere',
    versions: { faultline: '0.1.0', node: 'v20.20.0' },
    ...over,
  };
}
