/**
 * Dependencies of register transactions: who read from whom, and what the orders of versions imply.
 */
import { Fan } from './fan.ts';
import { type EdgeList, RW, WR, WW } from './graph.ts';
import { READ } from './mop-reader.ts';
import { isExternal, type Registers, writerOf } from './registers.ts';
import { COMMITTED } from './txns.ts';
import type { VersionGraph } from './version-graph.ts';

/** Adds all ww, wr and rw edges. O(mops + version edges) edges, plus readers times few successors. */
export function addRegisterEdges(registers: Registers, versions: VersionGraph, list: EdgeList): void {
  const { txns, seen, initial } = registers;
  const { graph, contradicted } = versions;
  const keyOf = (version: number): number => txns.key[version]!;
  for (let v = 0; v < initial; v++) {
    txns.pace.step();
    const writer = writerOf(registers, v);
    if (writer < 0 || contradicted.has(keyOf(v))) continue;
    for (let e = graph.off[v]!; e < graph.off[v + 1]!; e++)
      list.add(writer, writerOf(registers, graph.tgt[e]!), WW);
  }
  const firstFans = firstVersionFans(registers, versions, list);
  const fans = new Map<number, Fan>();
  for (let m = 0; m < txns.f.length; m++) {
    txns.pace.step();
    if (txns.f[m] !== READ) continue;
    const t = txns.owner[m]!;
    const version = seen[m]!;
    const writer = writerOf(registers, version);
    if (writer >= 0) list.add(writer, t, WR);
    if (!isExternal(registers, m) || contradicted.has(txns.key[m]!)) continue;
    if (version >= initial) firstFans[version - initial]!.connect(t, txns.predicate?.[m] === 1);
    else if (writer >= 0) connect(registers, versions, list, fans, t, version);
  }
}

function connect(
  registers: Registers,
  { graph }: VersionGraph,
  list: EdgeList,
  fans: Map<number, Fan>,
  t: number,
  version: number,
): void {
  const from = graph.off[version]!;
  const to = graph.off[version + 1]!;
  if (to - from <= 4) {
    for (let e = from; e < to; e++) list.add(t, writerOf(registers, graph.tgt[e]!), RW);
    return;
  }
  let fan = fans.get(version);
  if (fan === undefined) {
    const writers = new Set<number>();
    for (let e = from; e < to; e++) writers.add(writerOf(registers, graph.tgt[e]!));
    fans.set(version, (fan = new Fan(list, Int32Array.from(writers).sort())));
  }
  fan.connect(t);
}

/** For each key, the writers of versions that nothing but its first version is known to precede. */
function firstVersionFans(registers: Registers, versions: VersionGraph, list: EdgeList): Fan[] {
  const { txns, initial } = registers;
  const preceded = new Uint8Array(initial);
  for (const target of versions.graph.tgt) if (target < initial) preceded[target] = 1;
  const writers: number[][] = Array.from({ length: txns.keys.size }, () => []);
  for (let m = 0; m < initial; m++) {
    txns.pace.step();
    const t = txns.owner[m]!;
    if (txns.f[m] === READ || preceded[m] === 1 || txns.status[t] !== COMMITTED) continue;
    const all = writers[txns.key[m]!]!;
    if (all[all.length - 1] !== t) all.push(t);
  }
  return writers.map((all) => new Fan(list, Int32Array.from(all)));
}
