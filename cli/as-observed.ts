/**
 * A system as its options make it: some kinds of it show no leader. Then nobody waits for one when faults are over, no
 * fault aims at one, and no workload asks for one.
 */
import type { Json, System } from '../harness/contracts.ts';

/** The system itself, or the same without leaders. */
export function asObserved(system: System, options: Readonly<Record<string, Json>>): System {
  if (system.isUnobserved?.(options) !== true) return system;
  const { observe: _observe, leadership: _leadership, ...rest } = system;
  const { leader: _leader, ...workloads } = system.workloads;
  return { ...rest, workloads };
}
