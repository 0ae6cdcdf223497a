/**
 * Which version of a register came before which, as far as it can be known: partial orders, each edge with
 * the reason it is believed.
 */
import { cyclicPart, EdgeList, type Graph } from './graph.ts';
import { automatonOf } from './levels.ts';
import { READ } from './mop-reader.ts';
import { ABSENT, PairTable } from './pair-table.ts';
import { isExternal, type Registers, writerOf } from './registers.ts';
import { components } from './scc.ts';
import { COMMITTED, NEVER } from './txns.ts';

/** Reasons for an edge between versions. */
export const WITHIN = 0;
export const FOLLOWS_READ = 1;
export const FOLLOWS_SOURCE = 2;
export const SAME_PROCESS = 3;
export const LINEAR = 4;

/** What may be assumed about keys. */
export interface Assumptions {
  /** A transaction that reads a key and then writes it writes a later version. */
  wfrKeys: boolean;
  /** Each key by itself is sequentially consistent. */
  sequentialKeys: boolean;
  /** Each key by itself is linearizable. */
  linearizableKeys: boolean;
}

/** Orders of versions; first versions come before all others without edges. */
export interface VersionGraph {
  graph: Graph;
  /** Keys whose edges contradict each other, and the versions that do; nothing is concluded from them. */
  contradicted: Map<number, number[]>;
}

/** Infers orders. O(mops + history), plus edges among versions that overlap. */
export function inferVersions(registers: Registers, assumed: Assumptions): VersionGraph {
  const list = new EdgeList(registers.versions, registers.txns.pace);
  addWithin(registers, list, assumed.wfrKeys);
  if (assumed.wfrKeys) addSources(registers, list);
  if (assumed.sequentialKeys) addSequential(registers, list);
  if (assumed.linearizableKeys) addLinear(registers, list);
  const graph = list.build();
  const contradicted = new Map<number, number[]>();
  // All kinds are below AUX and admitted by the widest automaton.
  const comps = components(graph, automatonOf('G2-item', 2), registers.txns.pace);
  if (comps.cyclic > 0) {
    for (const version of cyclicPart(graph, comps.of, comps.sizes).nodes) {
      const key = version < registers.initial ? registers.txns.key[version]! : version - registers.initial;
      const versions = contradicted.get(key);
      if (versions === undefined) contradicted.set(key, [version]);
      else versions.push(version);
    }
  }
  return { graph, contradicted };
}

/** How many versions may be the earliest of their key besides one: blind writes nobody can place. O(versions). */
export function unplacedVersions(registers: Registers, { graph }: VersionGraph): number {
  const { txns, initial } = registers;
  const preceded = new Uint8Array(registers.versions);
  for (const later of graph.tgt) preceded[later] = 1;
  const earliest = new Uint8Array(txns.keys.size);
  let count = 0;
  for (let v = 0; v < initial; v++) {
    if (txns.f[v] === READ || preceded[v] === 1 || writerOf(registers, v) < 0) continue;
    if (earliest[txns.key[v]!] === 1) count++;
    earliest[txns.key[v]!] = 1;
  }
  return count;
}

/** Writes of one transaction in their order, and writes after what the transaction read. */
function addWithin(registers: Registers, list: EdgeList, wfr: boolean): void {
  const { txns, before, seen } = registers;
  for (let m = 0; m < txns.f.length; m++) {
    txns.pace.step();
    if (txns.f[m] === READ || txns.status[txns.owner[m]!] !== COMMITTED) continue;
    for (let p = before[m]!; p >= 0; p = before[p]!) {
      if (txns.f[p] !== READ) {
        list.add(p, m, WITHIN);
        break;
      }
      if (before[p]! >= 0) continue;
      if (wfr && writerOf(registers, seen[p]!) >= 0) list.add(seen[p]!, m, FOLLOWS_READ);
    }
  }
}

/** A transaction that read from another wrote later versions than that one, of every key both wrote. */
function addSources(registers: Registers, list: EdgeList): void {
  const { txns, seen, replaced } = registers;
  const first = new Int32Array(txns.keys.size).fill(-1);
  for (let t = 0; t < txns.count; t++) {
    txns.pace.step();
    const from = txns.starts[t]!;
    const to = txns.starts[t + 1]!;
    if (txns.ret[t] === NEVER) continue;
    let writes = 0;
    for (let m = to - 1; m >= from; m--) {
      if (txns.f[m] === READ) continue;
      first[txns.key[m]!] = m;
      writes++;
    }
    for (let m = from; m < to && writes > 0; m++) {
      if (!isExternal(registers, m)) continue;
      const source = writerOf(registers, seen[m]!);
      if (source < 0 || source === t) continue;
      for (let w = txns.starts[source]!; w < txns.starts[source + 1]!; w++) {
        if (txns.f[w] === READ || replaced[w] === 1) continue;
        const own = first[txns.key[w]!]!;
        if (own >= from && own < to) list.add(w, own, FOLLOWS_SOURCE);
      }
    }
  }
}

/** Versions a process met one after the other. */
function addSequential(registers: Registers, list: EdgeList): void {
  const { txns, seen } = registers;
  const { processes } = txns.history.columns;
  const last = new PairTable(1024);
  for (let m = 0; m < txns.f.length; m++) {
    txns.pace.step();
    const t = txns.owner[m]!;
    const read = txns.f[m] === READ;
    if (txns.ret[t] === NEVER || (read && !isExternal(registers, m))) continue;
    const version = read ? seen[m]! : m;
    if (writerOf(registers, version) < 0) continue;
    const process = processes[txns.inv[t]!]!;
    const earlier = last.get(process, txns.key[m]!);
    if (earlier !== ABSENT) list.add(earlier, version, SAME_PROCESS);
    last.set(process, txns.key[m]!, version);
  }
}

/** First return and last invocation among the transactions that wrote or read each version. */
function zones(registers: Registers): { minRet: Int32Array; maxInv: Int32Array } {
  const { txns, seen } = registers;
  const minRet = new Int32Array(registers.initial).fill(NEVER);
  const maxInv = new Int32Array(registers.initial).fill(-1);
  for (let m = 0; m < txns.f.length; m++) {
    txns.pace.step();
    const version = txns.f[m] !== READ ? m : isExternal(registers, m) ? seen[m]! : ABSENT;
    if (writerOf(registers, version) < 0) continue;
    const t = txns.owner[m]!;
    if (txns.ret[t]! < minRet[version]!) minRet[version] = txns.ret[t]!;
    if (txns.inv[t]! > maxInv[version]!) maxInv[version] = txns.inv[t]!;
  }
  return { minRet, maxInv };
}

/**
 * Version v comes before w when some transaction of v returned before some transaction of w was invoked
 * (Gibbons and Korach, 1997). One walk over the history keeps, per key, the versions nothing known to be later
 * has followed: at most as many as there are processes.
 */
function addLinear(registers: Registers, list: EdgeList): void {
  const { txns } = registers;
  const { minRet, maxInv } = zones(registers);
  const length = txns.history.length;
  const returns = new Int32Array(length).fill(-1);
  const invokes = new Int32Array(length).fill(-1);
  const nextReturn = new Int32Array(registers.initial);
  const nextInvoke = new Int32Array(registers.initial);
  for (let v = 0; v < registers.initial; v++) {
    if (maxInv[v]! < 0) continue;
    nextInvoke[v] = invokes[maxInv[v]!]!;
    invokes[maxInv[v]!] = v;
    if (minRet[v] === NEVER) continue;
    nextReturn[v] = returns[minRet[v]!]!;
    returns[minRet[v]!] = v;
  }
  const front = new Int32Array(txns.keys.size).fill(-1);
  const behind = new Int32Array(registers.initial).fill(-1);
  /** Takes out of the front what returned before `time`, but for `keep`. */
  const prune = (key: number, time: number, keep: number): void => {
    let last = -1;
    for (let x = front[key]!; x >= 0; x = behind[x]!) {
      if (x !== keep && minRet[x]! < time) {
        if (last < 0) front[key] = behind[x]!;
        else behind[last] = behind[x]!;
      } else last = x;
    }
  };
  for (let i = 0; i < length; i++) {
    txns.pace.step();
    for (let w = invokes[i]!; w >= 0; w = nextInvoke[w]!) {
      const key = txns.key[w]!;
      for (let x = front[key]!; x >= 0; x = behind[x]!) list.add(x, w, LINEAR);
      if (minRet[w]! < i) prune(key, i, w);
    }
    for (let w = returns[i]!; w >= 0; w = nextReturn[w]!) {
      const key = txns.key[w]!;
      if (maxInv[w]! < i) prune(key, maxInv[w]!, w);
      behind[w] = front[key]!;
      front[key] = w;
    }
  }
}
