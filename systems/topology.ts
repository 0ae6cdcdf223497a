/**
 * Who is whose neighbour: the shapes Maelstrom tells broadcast nodes to gossip along.
 */
import type { NodeId } from '../harness/contracts.ts';

/** Shapes by name. `tree` is `tree2`. */
export const TOPOLOGIES = ['grid', 'line', 'total', 'tree', 'tree2', 'tree3', 'tree4'];

/** Name of a shape. */
export type Topology = 'grid' | 'line' | 'total' | 'tree' | 'tree2' | 'tree3' | 'tree4';

/** The neighbours of every node; neighbourhood is mutual. O(n^2) for `total`, else O(n). */
export function topology(shape: Topology, nodes: readonly NodeId[]): Record<NodeId, NodeId[]> {
  const near = nodes.map((_, i) => neighbours(shape, nodes.length, i));
  return Object.fromEntries(
    nodes.map((node, i) => [
      node,
      near[i]!.filter((j) => j >= 0 && j < nodes.length && j !== i).map((j) => nodes[j]!),
    ]),
  );
}

/** Positions beside position i; those out of range are no nodes. */
function neighbours(shape: Topology, n: number, i: number): number[] {
  if (shape === 'total') return Array.from({ length: n }, (_, j) => j);
  if (shape === 'line') return [i - 1, i + 1];
  if (shape === 'grid') {
    const side = Math.ceil(Math.sqrt(n));
    const column = i % side;
    return [i - side, ...(column > 0 ? [i - 1] : []), ...(column < side - 1 ? [i + 1] : []), i + side];
  }
  const arity = shape === 'tree' ? 2 : Number(shape.slice(4));
  const children = Array.from({ length: arity }, (_, k) => arity * i + k + 1);
  return i === 0 ? children : [Math.floor((i - 1) / arity), ...children];
}
