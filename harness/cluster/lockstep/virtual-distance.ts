/**
 * What messages take in virtual time when no fault is in force, as a layer of link rules that is never removed. Real
 * processes and pipes take time by themselves; where time stands still while a node works, somebody has to say so.
 */
import type { LinkEntry, NodeId } from '../../contracts.ts';
import { DEFAULT_LATENCY } from '../../sim/network.ts';

/** Name of the layer; no fault has it, for theirs end in a number. */
export const DISTANCE = 'distance';

/** Latencies as in the simulator, between all nodes, and between nodes and clients and services. */
export function distanceRules(nodes: readonly NodeId[], services: readonly string[]): LinkEntry[] {
  const { minMs, meanMs } = DEFAULT_LATENCY;
  const layers: LinkEntry['rule'][] = [
    { base: { ms: minMs } },
    { base: { ms: meanMs, distribution: 'exponential' } },
  ];
  const pairs = nodes.flatMap((node) => [
    ...nodes.filter((to) => to !== node).map((to) => [node, to] as const),
    ...['clients', ...services].flatMap((other) => [[node, other] as const, [other, node] as const]),
  ]);
  return pairs.flatMap(([from, to]) => layers.map((rule) => ({ from, to, rule })));
}
