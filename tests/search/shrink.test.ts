import { describe, expect, it } from 'vitest';
import type { Case } from '../../harness/sim/case.ts';
import { Attempts } from '../../search/attempts.ts';
import { correctTerrain, explore } from '../../search/explore.ts';
import { inevitability } from '../../search/inevitability.ts';
import { carryOut, findingOf, type Scenario, type Signature, shownAtNs } from '../../search/scenario.ts';
import { DEFAULT_LIMITS, shrinkScenario } from '../../search/shrink.ts';
import { STAGES } from '../../search/stages.ts';
import { staleReads } from './scenarios.ts';

/** The first of these scenarios that fails. */
function failing(): { scenario: Scenario; signature: Signature; shownNs: number } {
  for (let seed = 42; seed < 200; seed++) {
    const scenario = staleReads(seed);
    const outcome = carryOut(scenario, scenario.case);
    const finding = outcome.findings[0];
    if (finding === undefined) continue;
    const { checker, kind } = finding;
    return { scenario, signature: { checker, kind }, shownNs: shownAtNs(outcome, finding) };
  }
  throw new Error('no seed shows the planted bug');
}

describe('shrinkScenario with settings that count', () => {
  it('lowers them where the failure needs fewer operations then', () => {
    const terrain = {
      ...correctTerrain('raft'),
      bugs: ['snapshot-without-sync'],
      settings: { snapshotEvery: 16 },
      workloads: ['set'],
    };
    const limits = { budgetMs: 600_000, maxRuns: 400, firstSeed: 1, until: { checker: 'set-full' } };
    const found = explore(terrain, limits).found.find(({ signature }) => signature.checker === 'set-full')!;
    const { scenario, signature, shownNs } = found;
    const reduced = shrinkScenario(scenario, signature, shownNs, { budgetMs: 600_000, maxRuns: 20_000 });
    expect(findingOf(carryOut(scenario, reduced.case), signature)).toBeDefined();
    expect(reduced.complete).toBe(true);
    // As many as 16 where snapshots stay where they are.
    expect(reduced.case.ops.length).toBeLessThanOrEqual(8);
    expect(reduced.case.settings['snapshotEvery']).toBeLessThan(16);
  });
});

describe('shrinkScenario', () => {
  const { scenario, signature, shownNs } = failing();
  const limits = { budgetMs: 600_000, maxRuns: 20_000 };
  const reduced = shrinkScenario(scenario, signature, shownNs, limits);

  it('leaves a case that still fails in the same way, and hardly more than the bug needs', () => {
    const outcome = carryOut(scenario, reduced.case);
    expect(findingOf(outcome, signature)).toBeDefined();
    expect(reduced.complete).toBe(true);
    expect(reduced.case.faults.length).toBeLessThanOrEqual(2);
    expect(reduced.case.ops.length).toBeLessThanOrEqual(6);
    expect(reduced.case.nodes.length).toBeLessThan(scenario.case.nodes.length);
    expect(reduced.case.bugs).toEqual(['stale-read']);
  });

  it('gives the same case in the same runs when it is done again', () => {
    const again = shrinkScenario(scenario, signature, shownNs, limits);
    expect(again.case).toEqual(reduced.case);
    expect(again.runs).toBe(reduced.runs);
  });

  it('stops at its budget with a case that fails', () => {
    const cut = shrinkScenario(scenario, signature, shownNs, { maxRuns: 15 });
    expect(cut.complete).toBe(false);
    expect(cut.runs).toBe(15);
    expect(findingOf(carryOut(scenario, cut.case), signature)).toBeDefined();
  });

  it('has a curve that ends in certainty, and lies before the failure', () => {
    const curve = inevitability({ ...scenario, case: reduced.case }, signature, reduced.shownNs, 8);
    expect(curve.points.at(-1)!.share).toBe(1);
    if (curve.fromNs !== null) expect(curve.fromNs).toBeLessThanOrEqual(reduced.shownNs);
    expect(curve.runs).toBeGreaterThanOrEqual(8 * curve.points.length);
  });
});

describe('attempts', () => {
  it('go on after the seeds they had, where they are given more patience', () => {
    const { scenario, signature, shownNs } = failing();
    const attempts = new Attempts(scenario, signature, shownNs, { ...DEFAULT_LIMITS, reseeds: 4 });
    const nothing = { ...scenario.case, ops: [], faults: [] };
    expect(attempts.take(nothing)).toBe(false);
    expect([attempts.runs, attempts.remembered]).toEqual([5, 0]);
    expect(attempts.take(nothing)).toBe(false);
    expect([attempts.runs, attempts.remembered]).toEqual([5, 1]);
    attempts.patience = 3;
    expect(attempts.take(nothing)).toBe(false);
    // The case itself, and the eight seeds it has not had.
    expect([attempts.runs, attempts.remembered]).toEqual([14, 1]);
  });

  it('put one fault in the place of two of a kind', () => {
    const { scenario } = failing();
    const fault = (id: string, name: string, atMs: number, untilMs: number) =>
      ({
        id,
        fault: name,
        mode: 'x',
        lane: name,
        atNs: atMs * 1e6,
        untilNs: untilMs * 1e6,
        nodes: [],
        target: 'one',
        params: {},
      }) as const;
    const faults = [
      fault('a', 'partition', 100, 300),
      fault('k', 'kill', 200, 250),
      fault('b', 'partition', 400, 600),
    ];
    const asked: Case[] = [];
    const attempts = {
      best: { ...scenario.case, faults } as unknown as Case,
      take(candidate: Case): boolean {
        asked.push(candidate);
        // Only as the second of the two.
        if (!candidate.faults.some(({ id }) => id === 'b')) return false;
        this.best = candidate;
        return true;
      },
    };
    STAGES['joined faults']!(attempts as unknown as Attempts);
    expect(asked).toHaveLength(2);
    expect(attempts.best.faults).toEqual([fault('b', 'partition', 100, 600), fault('k', 'kill', 200, 250)]);
  });
});
