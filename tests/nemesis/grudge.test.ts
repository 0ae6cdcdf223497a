/**
 * The shapes of partitions, as properties over cluster sizes and orders.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bisect,
  bridge,
  type Cut,
  components,
  cutsOutside,
  isolate,
  majoritiesRing,
  oneWay,
} from '../../nemesis/grudge.ts';
import { majorityOf } from '../../nemesis/targets.ts';
import { nodeNames } from '../../plugins/kit/fake-cluster.ts';

const shuffledNodes = (min: number, max: number) =>
  fc.integer({ min, max }).chain((n) => fc.shuffledSubarray(nodeNames(n), { minLength: n, maxLength: n }));

const has = (cuts: readonly Cut[], from: string, to: string): boolean =>
  cuts.some((cut) => cut[0] === from && cut[1] === to);

describe('components', () => {
  it('cuts exactly the links between groups, in both directions', () => {
    fc.assert(
      fc.property(shuffledNodes(2, 12), fc.integer({ min: 1, max: 4 }), (nodes, groupCount) => {
        const groupOf = (node: string): number => nodes.indexOf(node) % groupCount;
        const groups = Array.from({ length: groupCount }, (_, g) => nodes.filter((n) => groupOf(n) === g));
        const cuts = components(groups);
        for (const a of nodes) {
          for (const b of nodes) expect(has(cuts, a, b)).toBe(groupOf(a) !== groupOf(b));
        }
      }),
    );
  });
});

describe('bisect and isolate', () => {
  it('split into two parts that are the whole, the first never the larger', () => {
    fc.assert(
      fc.property(shuffledNodes(2, 15), (nodes) => {
        const [a, b] = bisect(nodes);
        expect([...a, ...b]).toEqual(nodes);
        expect(b.length - a.length).toBe(nodes.length % 2);
      }),
    );
  });

  it('keep the named side together and everybody else on the other', () => {
    expect(isolate(['n3', 'n1'], nodeNames(4))).toEqual([
      ['n1', 'n3'],
      ['n2', 'n4'],
    ]);
  });
});

describe('one way', () => {
  it('cuts what one side says and nothing that it hears', () => {
    expect(oneWay(['n1'], ['n2', 'n3'])).toEqual([
      ['n1', 'n2'],
      ['n1', 'n3'],
    ]);
  });
});

describe('bridge', () => {
  it('leaves one node that hears both halves, and halves that do not hear each other', () => {
    fc.assert(
      fc.property(shuffledNodes(3, 12), (nodes) => {
        const { bridge: middle, groups } = bridge(nodes);
        const cuts = components(groups);
        expect([middle, ...groups.flat()].sort()).toEqual([...nodes].sort());
        expect(cuts.flat()).not.toContain(middle);
        for (const a of groups[0]) for (const b of groups[1]) expect(has(cuts, a, b)).toBe(true);
        expect(Math.abs(groups[0].length - groups[1].length)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('needs three nodes', () => {
    expect(() => bridge(nodeNames(2))).toThrow(RangeError);
  });
});

describe('ring of majorities', () => {
  it('shows every node a majority, mutually, and no two nodes the same one', () => {
    fc.assert(
      fc.property(shuffledNodes(3, 40), (nodes) => {
        const hears = majoritiesRing(nodes);
        const seen = new Set<string>();
        for (const [node, heard] of hears) {
          expect(heard.has(node)).toBe(true);
          expect(heard.size).toBeGreaterThanOrEqual(majorityOf(nodes.length));
          for (const other of heard) expect(hears.get(other)!.has(node)).toBe(true);
          seen.add([...heard].sort().join());
        }
        expect(seen.size).toBe(nodes.length);
      }),
    );
  });

  it('gives no node more than one peer beyond a majority, and at most one node that many', () => {
    for (let n = 3; n <= 40; n++) {
      const extra = [...majoritiesRing(nodeNames(n)).values()].map((heard) => heard.size - majorityOf(n));
      expect(extra.filter((more) => more === 1).length).toBeLessThanOrEqual(1);
      expect(extra.filter((more) => more > 1)).toEqual([]);
    }
  });

  it('cuts exactly what is not heard', () => {
    const hears = majoritiesRing(nodeNames(5));
    const cuts = cutsOutside(hears);
    expect(cuts).toHaveLength(10);
    for (const [from, to] of cuts) expect(hears.get(to)!.has(from)).toBe(false);
  });

  it('needs three nodes', () => {
    expect(() => majoritiesRing(nodeNames(2))).toThrow(RangeError);
  });
});
