import { describe, expect, it } from 'vitest';
import { promisedBy, survivedBy } from '../../search/assumptions.ts';
import { drawScenario } from '../../search/draw-scenario.ts';
import { searchableFaults, searchableWorkloads } from '../../search/explore.ts';
import { STRATEGIES, type TerrainSpec, terrainOf } from '../../search/terrain.ts';
import { armOf, type Prey, tune } from '../../search/tune.ts';
import {
  type BugTrials,
  compareArms,
  isWorthChanging,
  medianOf,
  type Trial,
} from '../../search/tune-figures.ts';
import { systems } from '../../systems/index.ts';

function terrain(name: string, bugs: string[]): TerrainSpec {
  const system = systems[name]!;
  return {
    system: name,
    bugs,
    settings: {},
    strategy: 'mixed',
    workloads: promisedBy(name, searchableWorkloads(system)),
    faults: survivedBy(name, searchableFaults()),
  };
}

function preyOf(system: string, bug: string): Prey {
  return { system, bug, checker: systems[system]!.bugs[bug]!.checker, terrain: terrain(system, [bug]) };
}

const control = { system: 'queue', terrain: terrain('queue', []) };
const limits = { trials: 2, maxRuns: 60, budgetMs: 600_000, firstSeed: 1 };

const found = (runs: number, cpuMs = runs): Trial => ({ runs, cpuMs, found: true });
const missed = (runs: number, cpuMs = runs): Trial => ({ runs, cpuMs, found: false });
const runs = ({ runs }: Trial): number => runs;

describe('a way to search', () => {
  it('is a strategy with what it would draw otherwise', () => {
    expect(armOf('swarm')).toEqual({ name: 'swarm', strategy: 'swarm' });
    expect(armOf('dense:40@3')).toEqual({ name: 'dense:40@3', strategy: 'dense', faults: 40, nodes: 3 });
  });

  it.each(['danse', 'dense:', 'dense:0', 'dense@', 'dense:4@x', ''])('is not "%s"', (word) => {
    expect(() => armOf(word)).toThrow(/strategy|way to search/);
  });

  it.each(STRATEGIES)('draws so many faults and nodes with %s', (strategy) => {
    // No disk and no clock that might not fit a fault into so few nodes.
    const faults = ['kill', 'pause', 'partition'];
    const spec = { ...terrain('raft', []), faults, strategy, density: 13, sizes: [5] };
    const seen = { moments: { register: [{ on: 'sent', name: 'append', times: 9 }] } } as const;
    for (const seed of [1, 2, 3, 4]) {
      const { nodes, faults } = drawScenario(
        terrainOf({ ...spec, workloads: ['register'] }),
        seed,
        seen,
      ).case;
      expect(nodes).toHaveLength(5);
      const waiting = faults.filter((fault) => 'when' in fault);
      expect(strategy === 'trigger' ? waiting : faults).toHaveLength(13);
    }
  });
});

describe('medianOf', () => {
  it('is the middle of what trials took', () => {
    expect(medianOf([found(9), found(1), found(4)], runs)).toEqual({ value: 4, isMore: false });
    expect(medianOf([found(2), found(4)], runs)).toEqual({ value: 3, isMore: false });
  });

  it('is more than what a trial that found nothing took, when that is the middle', () => {
    expect(medianOf([found(9), missed(60), found(70)], runs)).toEqual({ value: 70, isMore: false });
    expect(medianOf([found(9), missed(60), missed(60)], runs)).toEqual({ value: 60, isMore: true });
    expect(medianOf([found(20), missed(60)], runs)).toEqual({ value: 40, isMore: true });
  });
});

describe('compareArms', () => {
  /** Trials that all took the same, so that nothing is left to chance. */
  const steady = (each: Record<string, number>, trials = 9): BugTrials =>
    Object.fromEntries(
      Object.entries(each).map(([arm, took]) => [arm, Array.from({ length: trials }, () => found(took))]),
    );

  it('is the geometric mean of factors, the same both ways', () => {
    const bugs = [steady({ old: 40, new: 10 }), steady({ old: 10, new: 10 }), steady({ old: 20, new: 10 })];
    const { runs: there, bugs: telling } = compareArms(bugs, 'old', 'new');
    expect(there.value).toBeCloseTo(2, 9);
    expect(telling).toBe(3);
    expect(compareArms(bugs, 'new', 'old').runs.value).toBeCloseTo(0.5, 9);
  });

  it('proposes what is clearly better in runs and in processor time, and nothing else', () => {
    const better = [steady({ old: 40, new: 10 })];
    expect(isWorthChanging(compareArms(better, 'old', 'new'))).toBe(true);
    expect(isWorthChanging(compareArms([steady({ old: 14, new: 10 })], 'old', 'new'))).toBe(false);
    const dear = { old: [found(40, 10), found(40, 10)], new: [found(10, 10), found(10, 10)] };
    expect(isWorthChanging(compareArms([dear], 'old', 'new'))).toBe(false);
    const lucky = { old: [found(10), found(90)], new: [found(20), found(30)] };
    expect(compareArms([lucky], 'old', 'new').runs.value).toBeGreaterThan(1.5);
    expect(isWorthChanging(compareArms([lucky], 'old', 'new'))).toBe(false);
  });

  it('leaves out what neither finds, and names what only the base finds', () => {
    const blind = { old: [found(1), found(1), missed(60)], new: [missed(60), missed(60), missed(60)] };
    const dark = { old: [missed(60)], new: [missed(60)] };
    const compared = compareArms([steady({ old: 60, new: 1 }), dark, blind], 'old', 'new');
    expect(compared).toMatchObject({ bugs: 2, misses: [2] });
    expect(isWorthChanging(compared)).toBe(false);
  });

  it('holds the true factor in its interval about as often as it says', () => {
    // Runs that find a bug by chance, one in p: the factor of two arms with p and p / 2 is 2.
    let state = 7;
    const uniform = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return (state + 0.5) / 2_147_483_648;
    };
    const trial = (p: number): Trial => {
      const took = Math.ceil(Math.log(uniform()) / Math.log(1 - p));
      return took > 300 ? missed(300) : found(took);
    };
    let held = 0;
    for (let round = 0; round < 60; round++) {
      const bugs = [0.02, 0.05, 0.1, 0.2].map((p) => ({
        old: Array.from({ length: 8 }, () => trial(p / 2)),
        new: Array.from({ length: 8 }, () => trial(p)),
      }));
      const { low, high } = compareArms(bugs, 'old', 'new').runs;
      if (low <= 2 && high >= 2) held++;
    }
    expect(held).toBeGreaterThanOrEqual(51);
  });

  it('claims nothing from one trial', () => {
    const once = { old: [found(90)], new: [found(1)] };
    expect(compareArms([once], 'old', 'new').runs).toMatchObject({ low: 0, high: Number.POSITIVE_INFINITY });
  });
});

describe('tune', () => {
  it('lets every way search for every bug from the same seeds, and looks for false alarms', async () => {
    const arms = [armOf('mixed'), armOf('dense:3')];
    const preys = [preyOf('queue', 'late-removal'), preyOf('queue', 'full-and-silent')];
    const told: string[] = [];
    const { rows, controls, complete } = await tune(preys, [control], arms, limits, ({ bug }) => {
      told.push(bug);
    });
    expect(complete).toBe(true);
    expect(told).toEqual(['late-removal', 'full-and-silent', 'late-removal', 'full-and-silent']);
    for (const { trials } of rows)
      for (const { name } of arms) {
        expect(trials[name]).toHaveLength(2);
        for (const one of trials[name]!) expect(one).toMatchObject({ found: true });
      }
    expect(controls).toEqual(arms.map(({ name }) => ({ system: 'queue', arm: name, runs: 50, failures: 0 })));
    const again = await tune(preys, [], arms, limits);
    const counted = ({ trials }: (typeof rows)[number]): number[] =>
      Object.values(trials).flatMap((list) => list.map((trial) => trial.runs));
    expect(again.rows.map(counted)).toEqual(rows.map(counted));
  });

  it('gives up what nobody finds, and counts what was not found as more', async () => {
    const never = { ...preyOf('queue', 'late-removal'), terrain: terrain('queue', []) };
    const few = { ...limits, trials: 4, maxRuns: 3 };
    const { rows } = await tune([never], [], [armOf('dense'), armOf('random')], few);
    expect(rows[0]).toMatchObject({ givenUp: true });
    expect(rows[0]!.trials['dense']!.map(({ runs, found }) => [runs, found])).toEqual([
      [3, false],
      [3, false],
    ]);
  });

  it('keeps no half of a comparison when the budget ends', async () => {
    const none = { ...limits, budgetMs: 0 };
    const { rows, complete } = await tune([preyOf('queue', 'redeliver')], [], [armOf('dense')], none);
    expect(complete).toBe(false);
    expect(rows[0]!.trials).toEqual({ dense: [] });
  });

  it('refuses fewer nodes than a system needs', async () => {
    const pbft = preyOf('pbft', Object.keys(systems['pbft']!.bugs)[0]!);
    await expect(tune([pbft], [], [armOf('dense@3')], limits)).rejects.toThrow(
      /pbft promises nothing with 3/,
    );
  });
});
