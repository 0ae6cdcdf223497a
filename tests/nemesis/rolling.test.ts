/**
 * The rolling fault: one node at a time, every node in the end, and back.
 */
import { describe, expect, it } from 'vitest';
import type { PlannedFault } from '../../harness/contracts.ts';
import { FAULTS } from '../../nemesis/index.ts';
import { contextOf, FakeCluster, nodeNames } from '../../plugins/kit/fake-cluster.ts';
import { planned as drawn } from '../../plugins/kit/fault-kit.ts';

const planned = (params: PlannedFault['params'] = {}): PlannedFault => {
  const plan = drawn(FAULTS.rolling, 'restart', 1, { size: 3, target: nodeNames(3) });
  return { ...plan, params: { ...plan.params, pauseMs: 0, ...params } };
};

describe('rolling', () => {
  it('never has two nodes down at once, and restarts each of them', async () => {
    const cluster = new FakeCluster(3);
    let most = 0;
    const pids = nodeNames(3).map((node) => cluster.pids(node)[0]);
    const { set } = cluster.variants;
    cluster.variants.set = (node, variant) => {
      most = Math.max(most, nodeNames(3).filter((each) => cluster.state(each) === 'stopped').length);
      set(node, variant);
    };
    expect(await FAULTS.rolling.inject(planned(), contextOf(cluster))).toMatchObject({ bit: true });
    expect(most).toBe(1);
    expect(nodeNames(3).map((node) => cluster.variants.of(node))).toEqual(['other', 'other', 'other']);
    for (const [i, node] of nodeNames(3).entries()) expect(cluster.pids(node)[0]).not.toBe(pids[i]);
    await FAULTS.rolling.undo(planned(), contextOf(cluster));
    expect(nodeNames(3).map((node) => cluster.variants.of(node))).toEqual([null, null, null]);
  });

  it('gives back the variant that a node had before', async () => {
    const cluster = new FakeCluster(3);
    cluster.variants.set('n2', 'mixed');
    await FAULTS.rolling.inject(planned(), contextOf(cluster));
    await FAULTS.rolling.undo(planned(), contextOf(cluster));
    expect(cluster.variants.of('n2')).toBe('mixed');
  });

  it('is skipped where nothing is declared, and refuses a variant that is not', async () => {
    const cluster = new FakeCluster(3);
    const { variants: _, ...bare } = contextOf(cluster);
    expect(await FAULTS.rolling.inject(planned(), bare)).toMatchObject({ state: 'skipped' });
    await expect(FAULTS.rolling.inject(planned({ variant: 'none' }), contextOf(cluster))).rejects.toThrow(
      'no variant "none"',
    );
  });
});
