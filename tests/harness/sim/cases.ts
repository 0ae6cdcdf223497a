/**
 * Cases for the tests of the simulator: clients on registers, and faults drawn from a registry.
 */
import type { Fault, PlannedFault } from '../../../harness/contracts.ts';
import { Seed } from '../../../harness/random.ts';
import type { Case, CaseOp } from '../../../harness/sim/case.ts';
import { FAULTS } from '../../../nemesis/index.ts';

/** A case with these faults, one after the other, each for 300 ms; the same for the same seed. */
export function drawCase(seed: number, changes: Partial<Case> = {}, kinds: readonly string[] = []): Case {
  const nodes = changes.nodes ?? ['n1', 'n2', 'n3', 'n4', 'n5'];
  const rng = Seed.of(seed).fork('case').rng();
  const ops: CaseOp[] = Array.from({ length: 60 }, (_, i) => {
    const atNs = (300 + i * 40) * 1e6;
    const common = { atNs, client: i % 3, key: rng.int(0, 1) };
    const kind = rng.int(0, 2);
    if (kind === 0) return { ...common, f: 'read', value: null };
    return kind === 1
      ? { ...common, f: 'write', value: i }
      : { ...common, f: 'cas', value: [rng.int(0, i), i] };
  });
  const faults: PlannedFault[] = kinds.flatMap((name, i) => {
    const fault = (FAULTS as Readonly<Record<string, Fault>>)[name]!;
    const mode = rng.pick(Object.keys(fault.modes).filter((one) => one !== 'explicit'));
    const atNs = (400 + i * 350) * 1e6;
    const drawn = fault.plan(mode, {}, undefined, nodes, rng);
    return [{ id: `${name}-${i}`, fault: name, mode, lane: fault.lane, atNs, untilNs: atNs + 3e8, ...drawn }];
  });
  const base = {
    version: 1,
    seed,
    nodes,
    workload: 'register',
    settings: {},
    bugs: [],
    ops,
    faults,
  } as const;
  return { ...base, settings: {}, bugs: [], ...changes };
}
