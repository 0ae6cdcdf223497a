import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BudgetSpent } from '../../../search/attempts.ts';
import {
  Interrupted,
  storedStart,
  Tries,
  type TriesOptions,
  type TriesStart,
} from '../../../search/cluster/tries.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-tries-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two writes and a read of a store that keeps the first write. */
const START: TriesStart = {
  version: 1,
  scenario: {
    program: 'lww',
    checkers: [{ name: 'last-write-wins', options: {} }],
    cluster: { backend: 'stdio', set: {}, settleMs: 500 },
    case: {
      version: 1,
      seed: 1,
      nodes: ['n1'],
      workload: 'register',
      settings: {},
      bugs: [],
      ops: [{ atNs: 1e7, client: 0, f: 'write', key: 1, value: 1 }],
      faults: [],
      untilNs: 1e8,
    },
  },
  signature: { checker: 'last-write-wins', kind: 'lost-write' },
  shownNs: 1e8,
  about: 'a test',
};

function tries(more: Partial<TriesOptions> = {}, stopped = false): Tries {
  const controller = new AbortController();
  if (stopped) controller.abort();
  const request = {
    cwd: folder,
    name: 't',
    version: '1',
    commandLine: 'x',
    repro: 'x',
    signal: controller.signal,
  };
  return new Tries({ folder: join(folder, 'shrink'), start: START, budgetMs: 60_000, request, ...more });
}

describe('Tries', () => {
  const c = START.scenario.case;

  it('makes a try, keeps its outcome on disk, and never makes it again', async () => {
    const first = tries();
    expect(first.remembered).toBe(0);
    expect(await first.outcome(c, 0)).toEqual({ failed: false, shownNs: null });
    expect(first.made).toBe(1);
    const second = tries({ budgetMs: -1 });
    expect(second.remembered).toBe(1);
    expect(await second.outcome({ ...c, seed: 77 }, 0)).toEqual({ failed: false, shownNs: null });
    expect(second.made).toBe(0);
    await expect(second.outcome(c, 1)).rejects.toBeInstanceOf(BudgetSpent);
    await expect(tries({}, true).outcome(c, 1)).rejects.toBeInstanceOf(Interrupted);
    expect(storedStart(join(folder, 'shrink'))).toEqual(START);
    expect(second.failing(c)).toBeNull();
  });

  it('takes a line that was torn off for a try that was not made', () => {
    const path = join(folder, 'shrink', 'tries.jsonl');
    appendFileSync(path, '{"key":"0123","n":4,"fai');
    expect(tries().remembered).toBe(1);
    appendFileSync(path, '{"key":"0123","n":5,"failed":true,"shownNs":1,"tookMs":2}\n');
    expect(tries().remembered).toBe(2);
    expect(readFileSync(path, 'utf8').split('\n').length).toBe(4);
  });

  it('starts anew where there is nothing', () => {
    expect(storedStart(join(folder, 'nowhere'))).toBeNull();
  });
});
