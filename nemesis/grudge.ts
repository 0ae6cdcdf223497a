/**
 * Shapes of partitions, as pure functions from nodes to the directed links that are cut. The shapes are
 * Jepsen's; the ring of majorities is a circulant graph instead of a search, so it exists for every size from
 * three nodes on and has the fewest edges that give everybody a majority.
 */
import type { NodeId } from '../harness/contracts.ts';
import { majorityOf } from './targets.ts';

/** A directed link that carries nothing: `from` speaks, `to` does not hear. */
export type Cut = readonly [from: NodeId, to: NodeId];

/** Nobody hears anybody of another group. Nodes in no group keep hearing everybody. O(n^2). */
export function components(groups: readonly (readonly NodeId[])[]): Cut[] {
  const cuts: Cut[] = [];
  for (const [i, group] of groups.entries()) {
    for (const [j, other] of groups.entries()) {
      if (i !== j) cuts.push(...oneWay(group, other));
    }
  }
  return cuts;
}

/** What `speakers` say does not reach `listeners`; the other direction works. */
export function oneWay(speakers: readonly NodeId[], listeners: readonly NodeId[]): Cut[] {
  return speakers.flatMap((from) => listeners.map((to): Cut => [from, to]));
}

/** Two groups, the first as large as possible without being larger than the second. */
export function bisect(nodes: readonly NodeId[]): [NodeId[], NodeId[]] {
  return split(nodes, Math.floor(nodes.length / 2));
}

/** The first `size` nodes, and the others. */
export function split(nodes: readonly NodeId[], size: number): [NodeId[], NodeId[]] {
  return [nodes.slice(0, size), nodes.slice(size)];
}

/** Some nodes alone on one side, all others on the other. */
export function isolate(side: readonly NodeId[], nodes: readonly NodeId[]): [NodeId[], NodeId[]] {
  return [nodes.filter((node) => side.includes(node)), nodes.filter((node) => !side.includes(node))];
}

/** Two halves and, between them, one node that both still hear. Needs three nodes. */
export function bridge(nodes: readonly NodeId[]): { bridge: NodeId; groups: [NodeId[], NodeId[]] } {
  if (nodes.length < 3) throw new RangeError('a bridge needs at least three nodes');
  return { bridge: nodes[0]!, groups: bisect(nodes.slice(1)) };
}

/**
 * Who hears whom when every node hears a majority (itself included), hearing is mutual, and no two nodes hear
 * the same majority. Nodes stand in a circle in the given order and hear the nearest neighbours on both sides;
 * where a majority needs an odd number of others, chords across the circle supply the last one. Needs three
 * nodes: with fewer, the only majority is everybody.
 */
export function majoritiesRing(nodes: readonly NodeId[]): Map<NodeId, Set<NodeId>> {
  const n = nodes.length;
  if (n < 3) throw new RangeError('a ring of majorities needs at least three nodes');
  const hears = new Map(nodes.map((node) => [node, new Set([node])]));
  const join = (i: number, j: number): void => {
    const a = nodes[i % n]!;
    const b = nodes[j % n]!;
    hears.get(a)!.add(b);
    hears.get(b)!.add(a);
  };
  const others = majorityOf(n) - 1;
  for (let step = 1; step <= Math.floor(others / 2); step++) {
    for (let i = 0; i < n; i++) join(i, i + step);
  }
  if (others % 2 === 1) {
    const chord = Math.floor(n / 2);
    for (let i = 0; i < Math.ceil(n / 2); i++) join(i, i + chord);
  }
  return hears;
}

/** The cuts that leave exactly the given hearing. */
export function cutsOutside(hears: ReadonlyMap<NodeId, ReadonlySet<NodeId>>): Cut[] {
  const cuts: Cut[] = [];
  for (const from of hears.keys()) {
    for (const [to, heard] of hears) {
      if (from !== to && !heard.has(from)) cuts.push([from, to]);
    }
  }
  return cuts;
}
