import { describe, expect, it } from 'vitest';
import type { PlannedFault } from '../../../harness/contracts.ts';
import { Seed } from '../../../harness/random.ts';
import type { Case } from '../../../harness/sim/case.ts';
import { BudgetSpent } from '../../../search/attempts.ts';
import {
  CERTAINTY,
  DoesNotFail,
  StatisticalReduction,
  type StatisticalStep,
  type Trier,
  textOf,
} from '../../../search/cluster/statistics.ts';

function fault(n: number): PlannedFault {
  const atNs = n * 1e9;
  return {
    id: `f${n}`,
    fault: 'kill',
    mode: 'kill',
    lane: 'kill',
    atNs,
    untilNs: atNs + 8e8,
    target: ['n1', 'n2'],
    nodes: ['n1', 'n2'],
    params: {},
  };
}

const LARGE: Case = {
  version: 1,
  seed: 1,
  nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
  workload: 'register',
  settings: {},
  bugs: [],
  ops: Array.from({ length: 200 }, (_, i) => ({
    atNs: i * 4e7,
    client: i % 10,
    f: i === 77 ? 'write' : 'read',
    key: i % 3,
    value: null,
  })),
  faults: [1, 2, 3, 4, 5].map(fault),
  untilNs: 8e9,
};

/** Fails with this probability, the same for the same try of the same case; counts tries. */
function cluster(share: (c: Case) => number): {
  tryOut: Trier;
  known: Map<string, boolean>;
  made: () => number;
} {
  const known = new Map<string, boolean>();
  let made = 0;
  const tryOut: Trier = async (c, n) => {
    const key = `${textOf(c)} ${n}`;
    let failed = known.get(key);
    if (failed === undefined) {
      made++;
      failed = Seed.of(99).fork(key).rng().chance(share(c));
      known.set(key, failed);
    }
    return { failed, shownNs: 3.2e9 };
  };
  return { tryOut, known, made: () => made };
}

const needs = (c: Case): boolean =>
  c.faults.some(({ id }) => id === 'f3') && c.ops.some(({ f }) => f === 'write');

function reduction(tryOut: Trier, steps: StatisticalStep[] = []): StatisticalReduction {
  return new StatisticalReduction(LARGE, 3.2e9, tryOut, CERTAINTY, (step) => steps.push(step));
}

describe('StatisticalReduction', () => {
  it('leaves what is needed where the case fails half of the time', async () => {
    const { tryOut, made } = cluster((c) => (needs(c) ? 0.6 : 0));
    const { case: c, share } = await reduction(tryOut).run();
    expect(c.faults.map(({ id }) => id)).toEqual(['f3']);
    expect(c.ops.length).toBeLessThanOrEqual(2);
    expect(c.ops.some(({ f }) => f === 'write')).toBe(true);
    expect(c.nodes.length).toBe(1);
    expect(c.untilNs).toBeLessThan(4e9);
    expect(share.of).toBe(CERTAINTY.last);
    expect(made()).toBeLessThan(600);
  });

  it('does not trade probability for size', async () => {
    // Without the second fault it still fails, but hardly ever.
    const often = (c: Case): boolean => c.faults.some(({ id }) => id === 'f2');
    const steps: StatisticalStep[] = [];
    const { tryOut } = cluster((c) => (needs(c) ? (often(c) ? 0.9 : 0.15) : 0));
    const { case: c, share } = await reduction(tryOut, steps).run();
    expect(c.faults.map(({ id }) => id)).toEqual(['f2', 'f3']);
    expect(share.failed / share.of).toBeGreaterThan(0.5);
  });

  it('takes a stage back whose steps together made it too rare', async () => {
    // Each operation less makes it a little rarer, which no single step shows.
    const steps: StatisticalStep[] = [];
    const { tryOut } = cluster((c) => (needs(c) ? Math.min(0.95, 0.1 + c.ops.length / 60) : 0));
    const { share, case: c } = await reduction(tryOut, steps).run();
    expect(share.failed / share.of).toBeGreaterThanOrEqual(0.3);
    expect(c.ops.length).toBeGreaterThan(8);
    expect(steps.some(({ kind }) => kind === 'taken back')).toBe(true);
  });

  it('goes on where it was stopped: the same result, and no try twice', async () => {
    const share = (c: Case): number => (needs(c) ? 0.7 : 0);
    const whole = cluster(share);
    const expected = await reduction(whole.tryOut).run();

    const parts = cluster(share);
    let left = 40;
    const interrupted: Trier = async (c, n) => {
      const before = parts.made();
      if (left <= 0 && !parts.known.has(`${textOf(c)} ${n}`)) throw new BudgetSpent();
      const outcome = await parts.tryOut(c, n);
      left -= parts.made() - before;
      return outcome;
    };
    let again = 0;
    for (;;) {
      const one = reduction(interrupted);
      try {
        expect((await one.run()).case).toEqual(expected.case);
        break;
      } catch (error) {
        expect(error).toBeInstanceOf(BudgetSpent);
        expect(textOf(one.best.case).length).toBeLessThanOrEqual(textOf(LARGE).length);
        left = 40;
        again++;
      }
    }
    expect(again).toBeGreaterThan(1);
    expect(parts.made()).toBe(whole.made());
  });

  it('says when the case does not fail', async () => {
    const { tryOut } = cluster(() => 0);
    await expect(reduction(tryOut).run()).rejects.toBeInstanceOf(DoesNotFail);
  });
});
