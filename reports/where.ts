/**
 * Where a fault hit, in words.
 */
import type { FaultRow } from './model.ts';

/** Sides of a partition, or the nodes a fault hit, or whom it was meant for. */
export function whereOf(fault: FaultRow): string {
  const groups = fault.params['groups'];
  if (Array.isArray(groups) && groups.length > 1 && groups.every(Array.isArray)) {
    return groups.map((group) => (group as unknown[]).join(' ')).join(' ┊ ');
  }
  return fault.nodes.length > 0 ? fault.nodes.join(' ') : fault.target;
}
