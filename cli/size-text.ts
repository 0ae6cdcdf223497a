/**
 * How large a case is, in words.
 */
import type { Case } from '../harness/sim/case.ts';

/** `2 faults, 6 operations, 1 client, 3 nodes`. */
export function sizeText({ faults, ops, nodes }: Case): string {
  const clients = new Set(ops.map((op) => op.client)).size;
  return [
    counted(faults.length, 'fault'),
    counted(ops.length, 'operation'),
    counted(clients, 'client'),
    counted(nodes.length, 'node'),
  ].join(', ');
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
