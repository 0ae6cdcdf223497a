/**
 * Sizes of targets, and what happens where a cluster is too small for one.
 */
import { describe, expect, it } from 'vitest';
import type { TargetSpec } from '../../harness/contracts.ts';
import { ImpossibleFault } from '../../harness/faults/parameters.ts';
import { Seed } from '../../harness/random.ts';
import { UsageError } from '../../harness/registry.ts';
import { drawTarget, majorityOf, sizeOf } from '../../nemesis/targets.ts';
import { nodeNames } from '../../plugins/kit/fake-cluster.ts';

const draw = (spec: TargetSpec | undefined, n: number, seed = 1, defaults: TargetSpec[] = ['one']) =>
  drawTarget(spec, nodeNames(n), Seed.of(seed).rng(), defaults);

describe('sizes', () => {
  it.each([
    // n, one, minority, majority, minority-third
    [1, 1, 0, 1, 0],
    [2, 1, 0, 2, 0],
    [3, 1, 1, 2, 0],
    [4, 1, 1, 3, 1],
    [5, 1, 2, 3, 1],
    [7, 1, 3, 4, 2],
    [10, 1, 4, 6, 3],
  ])('of %i nodes', (n, one, minority, majority, third) => {
    expect(sizeOf('one', n)).toBe(one);
    expect(sizeOf('minority', n)).toBe(minority);
    expect(sizeOf('majority', n)).toBe(majority);
    expect(sizeOf('minority-third', n)).toBe(third);
    expect(sizeOf('all', n)).toBe(n);
  });

  it('leave a majority standing when a minority is hit, always', () => {
    for (let n = 1; n < 50; n++) expect(n - sizeOf('minority', n)).toBeGreaterThanOrEqual(majorityOf(n));
  });
});

describe('drawing', () => {
  it('draws as many as the spec says, in cluster order, different ones for different seeds', () => {
    const drawn = Array.from({ length: 40 }, (_, seed) => draw('minority', 5, seed).nodes);
    for (const nodes of drawn) {
      expect(nodes).toHaveLength(2);
      expect(nodes).toEqual([...nodes].sort());
    }
    expect(new Set(drawn.map(String)).size).toBeGreaterThan(5);
  });

  it('leaves the leader open until it fires', () => {
    expect(draw('leader', 5)).toEqual({ target: 'leader', nodes: [] });
  });

  it('takes named nodes as they are, once each', () => {
    expect(draw(['n3', 'n1', 'n3'], 5).nodes).toEqual(['n1', 'n3']);
  });

  it('refuses names that are no nodes, with the nearest', () => {
    expect(() => draw(['n7'], 5)).toThrow(UsageError);
    expect(() => draw([], 5)).toThrow(UsageError);
  });

  it('says that a cluster is too small instead of hitting nothing', () => {
    expect(() => draw('minority', 2)).toThrow(ImpossibleFault);
    expect(() => draw('minority', 2)).toThrow('a cluster of 2 has no minority: it needs at least 3 nodes');
    expect(() => draw('minority-third', 3)).toThrow('it needs at least 4 nodes');
  });

  it('draws by default only what the cluster is big enough for', () => {
    for (let seed = 0; seed < 30; seed++) {
      expect(draw(undefined, 2, seed, ['minority', 'minority-third', 'all']).target).toBe('all');
    }
  });
});
