/** Shapes of neighbourhood: mutual, connected, and the ones Maelstrom has. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TOPOLOGIES, type Topology, topology } from '../../systems/topology.ts';

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `n${i}`);

describe('topologies', () => {
  it('are the ones they are called', () => {
    expect(topology('line', names(3))).toEqual({ n0: ['n1'], n1: ['n0', 'n2'], n2: ['n1'] });
    expect(topology('grid', names(5))).toEqual({
      n0: ['n1', 'n3'],
      n1: ['n0', 'n2', 'n4'],
      n2: ['n1'],
      n3: ['n0', 'n4'],
      n4: ['n1', 'n3'],
    });
    expect(topology('tree3', names(5))).toEqual({
      n0: ['n1', 'n2', 'n3'],
      n1: ['n0', 'n4'],
      n2: ['n0'],
      n3: ['n0'],
      n4: ['n1'],
    });
    expect(topology('tree', names(6))).toEqual(topology('tree2', names(6)));
    expect(topology('total', names(2))).toEqual({ n0: ['n1'], n1: ['n0'] });
  });

  it('are mutual, and reach every node', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TOPOLOGIES), fc.integer({ min: 1, max: 30 }), (shape, n) => {
        const near = topology(shape as Topology, names(n));
        for (const [node, others] of Object.entries(near)) {
          expect(new Set(others).size).toBe(others.length);
          for (const other of others) expect(near[other]).toContain(node);
        }
        const reached = new Set(['n0']);
        for (const node of reached) for (const other of near[node]!) reached.add(other);
        expect(reached.size).toBe(n);
      }),
    );
  });
});
