/**
 * Scenarios for the tests of searching and shrinking: planted bugs with more around them than they need.
 */

import { Seed } from '../../harness/random.ts';
import type { Case, CaseOp } from '../../harness/sim/case.ts';
import { drawFaults } from '../../search/draw-faults.ts';
import type { Scenario } from '../../search/scenario.ts';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

/** Registers on a raft that answers reads without asking: two keys, three clients, a dozen faults. */
export function staleReads(seed: number): Scenario {
  const rng = Seed.of(seed).fork('test').rng();
  const ops: CaseOp[] = Array.from({ length: 90 }, (_, i) => {
    const common = { atNs: (300 + i * 25) * 1e6, client: i % 5, key: rng.int(0, 1) };
    return rng.chance(0.6) ? { ...common, f: 'read', value: null } : { ...common, f: 'write', value: i };
  });
  const frame = {
    strategy: 'dense',
    kinds: ['partition', 'pause'],
    nodes: NODES,
    leads: true,
    loadMs: 2_500,
  } as const;
  const c: Case = {
    version: 1,
    seed,
    nodes: NODES,
    workload: 'register',
    settings: {},
    bugs: ['stale-read'],
    ops,
    faults: drawFaults(frame, rng),
    opTimeoutMs: 300,
  };
  return { program: 'raft', checkers: [{ name: 'linearizable', options: { model: 'register' } }], case: c };
}
