/**
 * Which faults cannot be in force together. Lanes run in parallel; these rules decide what happens where they
 * meet. Pure.
 */
import type { Fault, NodeId } from '../contracts.ts';

/** A fault that is in force, or about to be. */
export interface ActiveFault {
  id: string;
  fault: string;
  lane: string;
  nodes: readonly NodeId[];
}

/**
 * Why a fault cannot be installed now, or null. One lane carries one fault at a time, whatever its nodes; a
 * fault of a conflicting lane is in the way only on a node they share.
 */
export function conflictWith(
  fault: Pick<Fault, 'lane' | 'conflicts'>,
  nodes: readonly NodeId[],
  active: Iterable<ActiveFault>,
): string | null {
  for (const other of active) {
    if (other.lane === fault.lane) return `${other.id} of the same lane is still in force`;
    if (!fault.conflicts.includes(other.lane)) continue;
    const common = nodes.filter((node) => other.nodes.includes(node));
    if (common.length > 0) return `${other.id} has ${common.join(', ')}`;
  }
  return null;
}
