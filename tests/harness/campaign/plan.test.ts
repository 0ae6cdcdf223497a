/**
 * From scenarios to runs: seeds, order, shards.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlanParts, planCampaign } from '../../../harness/campaign/plan.ts';
import { shardOf } from '../../../harness/campaign/shard.ts';
import { night, scenario } from './samples.ts';

const PARTS: PlanParts = {
  name: 'nightly',
  file: 'nightly.yaml',
  scenarios: [scenario()],
  leftOut: [],
  canaries: [],
  withoutCanary: [],
  regressions: [],
  trend: [],
  twice: 0,
  commit: 'abc1234',
  seed: null,
  shard: { index: 1, of: 1 },
};

const seeds = (parts: Partial<PlanParts>): number[] =>
  planCampaign({ ...PARTS, ...parts }).runs.flatMap((run) => run.seeds);

describe('seeds', () => {
  it('come from the commit and the scenario alone', () => {
    const three = [scenario({ seeds: 3 })];
    const first = seeds({ scenarios: three });
    expect(new Set(first).size).toBe(3);
    expect(seeds({ scenarios: [scenario({ name: 'other' }), ...three] })).toEqual(
      expect.arrayContaining(first),
    );
    expect(seeds({ scenarios: three, commit: 'def5678' })).not.toEqual(first);
    expect(seeds({ scenarios: three, commit: 'def5678', seed: 3 })).toEqual(
      seeds({ scenarios: three, seed: 3 }),
    );
  });

  it('are those that are given', () => {
    expect(seeds({ scenarios: [scenario({ seeds: [5, 6] })] })).toEqual([5, 6]);
  });

  it('say where they come from', () => {
    expect(planCampaign(PARTS).seedSource).toContain('commit abc1234');
    expect(planCampaign({ ...PARTS, commit: null }).seedSource).toContain('every night has the same');
  });

  it('that failed the last time come again, before the others', () => {
    const failed = [{ seed: 41, kinds: ['lost-write'] }];
    const { runs } = planCampaign({ ...PARTS, trend: [night(1, { failed }), night(2, { failed })] });
    expect(runs[0]).toMatchObject({ id: 'raft/register/storm@41', kind: 'again', seeds: [41] });
    expect(planCampaign({ ...PARTS, trend: [night(1, { failed }), night(2)] }).runs.length).toBe(1);
    const drawn = [scenario({ seeds: [41, 42] })];
    expect(seeds({ scenarios: drawn, trend: [night(1, { failed })] })).toEqual([41, 42]);
  });
});

describe('the order', () => {
  it('is regressions, canaries, then seeds by weight', () => {
    const { runs } = planCampaign({
      ...PARTS,
      scenarios: [scenario({ name: 'a', seeds: 2 }), scenario({ name: 'b', seeds: 4, weight: 2 })],
      canaries: [{ system: 'raft', bug: 'stale-read', checker: 'linearizable' }],
      regressions: [{ name: 'old', path: 'regressions/old.json', deterministic: true }],
    });
    expect(runs.map(({ id }) => id)).toEqual([
      'regression/old',
      'canary/linearizable',
      'b#1',
      'a#1',
      'b#2',
      'b#3',
      'a#2',
      'b#4',
    ]);
    expect(runs[1]).toMatchObject({
      words: ['run', 'raft', '--bug', 'stale-read', '--backend', 'sim'],
      foundBy: 'linearizable',
    });
  });
});

describe('runs carried out twice', () => {
  it('are a share of the deterministic ones, and at least one', () => {
    const count = (twice: number, config = scenario().config): number =>
      planCampaign({ ...PARTS, twice, scenarios: [scenario({ seeds: 40, config })] }).runs.filter(
        (run) => run.twice,
      ).length;
    expect(count(0.05)).toBe(2);
    expect(count(0.001)).toBe(1);
    expect(count(0)).toBe(0);
    expect(count(0.05, { system: 'raft', backend: 'tcp' })).toBe(0);
  });
});

describe('estimates', () => {
  it('are what runs took lately, else what the configuration says', () => {
    const estimate = (parts: Partial<PlanParts>): number =>
      planCampaign({ ...PARTS, ...parts }).runs[0]!.estimateMs;
    expect(estimate({ trend: [night(1, { meanMs: 2_000 }), night(2, { meanMs: 4_000 })] })).toBe(3_000);
    const real = [scenario({ config: { system: 'etcd', timeLimit: '20s' } })];
    expect(estimate({ scenarios: real })).toBe(35_000);
  });
});

describe('shards', () => {
  const runs = fc.uniqueArray(
    fc.record({ id: fc.string({ minLength: 1, maxLength: 4 }), estimateMs: fc.nat(10_000) }),
    { selector: ({ id }) => id, maxLength: 40 },
  );

  it('have every run once, none more than a run longer than it must be', () => {
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 6 }), (all, of) => {
        const shards = Array.from({ length: of }, (_, i) => shardOf(all, { index: i + 1, of }));
        expect(
          shards
            .flat()
            .map(({ id }) => id)
            .sort(),
        ).toEqual(all.map(({ id }) => id).sort());
        const loads = shards.map((shard) =>
          shard.reduce((sum, { estimateMs }) => sum + Math.max(1, estimateMs), 0),
        );
        const longest = Math.max(0, ...all.map(({ estimateMs }) => Math.max(1, estimateMs)));
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(longest);
      }),
    );
  });

  it('name the same runs of the whole', () => {
    const parts = { ...PARTS, scenarios: [scenario({ seeds: 9 })], twice: 0.3 };
    const whole = planCampaign(parts);
    const shards = [1, 2].map((index) => planCampaign({ ...parts, shard: { index, of: 2 } }));
    expect(shards[0]!.all).toEqual(whole.all);
    expect(new Set(shards.flatMap((shard) => shard.runs))).toEqual(new Set(whole.runs));
  });
});
