import { describe, expect, it } from 'vitest';
import { mergedClients, pinned, renumbered, withoutNode } from '../../search/case-parts.ts';
import { carryOut } from '../../search/scenario.ts';
import { staleReads } from './scenarios.ts';

describe('parts of a case', () => {
  const { case: c, ...scenario } = staleReads(1);

  it('pins operations to the nodes they were asked of, which changes nothing', () => {
    expect(carryOut(scenario, pinned(c)).run.historyHash()).toBe(carryOut(scenario, c).run.historyHash());
  });

  it('leaves a node out everywhere, and the case can still be carried out', () => {
    let left = c;
    for (const node of ['n5', 'n1', 'n3', 'n2']) {
      left = withoutNode(left, node);
      expect(JSON.stringify({ ...left, seed: 0 })).not.toContain(`"${node}"`);
      expect(carryOut(scenario, left).run.crashes).toEqual([]);
    }
    expect(left.nodes).toEqual(['n4']);
    expect(left.ops).toHaveLength(c.ops.length);
  });

  it('merges clients and closes gaps in their numbers', () => {
    const merged = renumbered(mergedClients(mergedClients(c, 0, 4), 2, 4));
    expect(new Set(merged.ops.map((op) => op.client))).toEqual(new Set([0, 1, 2]));
    expect(merged.ops.map((op) => op.atNs)).toEqual(c.ops.map((op) => op.atNs));
    expect(merged.ops.map((op) => op.node)).toEqual(pinned(c).ops.map((op) => op.node));
  });
});
