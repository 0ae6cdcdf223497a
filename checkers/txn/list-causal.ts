/**
 * Causal consistency of lists: a transaction must see what is in its past, where the past is what its process
 * did before and what those transactions, or it, read from (Biswas and Enea, 2019). What it misses lies on a
 * cycle with it, so that only the cyclic part of a graph is searched.
 */
import type { Budget } from '../contract.ts';
import { anyReason } from './explain.ts';
import type { FindingList } from './finding.ts';
import { cyclicPart, EdgeList, type Graph, PR, type SubGraph, WR } from './graph.ts';
import { automatonOf } from './levels.ts';
import type { FindReason } from './links.ts';
import { readStep } from './list-anomalies.ts';
import { misses } from './list-fractured.ts';
import type { Lists } from './lists.ts';
import { READ } from './mop-reader.ts';
import { components } from './scc.ts';
import { keyWords, nameOf, valueWords } from './txn-words.ts';

/** Steps after which the search leaves the question open. */
const MAX_STEPS = 3e7;

/** Finds `causal-violation`. O(transactions on cycles * their pasts on cycles), bounded. */
export function findCausal(
  lists: Lists,
  graph: Graph,
  found: FindingList,
  reasonOf: FindReason,
  budget: Budget,
): void {
  const comps = components(graph, automatonOf('G2-item', 1));
  if (comps.cyclic === 0) return;
  const sub = cyclicPart(graph, comps.of, comps.sizes);
  const past = pastOf(sub);
  const next = new Int32Array(sub.size);
  const stamp = new Int32Array(sub.size).fill(-1);
  const queue = new Int32Array(sub.size);
  let steps = 0;
  for (let start = 0; start < sub.size && sub.nodes[start]! < lists.txns.count; start++) {
    if (steps > MAX_STEPS || !budget.spend(16)) {
      found.unsettled.add('causal-violation');
      return;
    }
    let tail = 0;
    queue[tail++] = start;
    search: for (let head = 0; head < tail; head++) {
      const v = queue[head]!;
      for (let e = past.off[v]!; e < past.off[v + 1]!; e++) {
        steps++;
        const w = past.tgt[e]!;
        if (stamp[w] === start) continue;
        stamp[w] = start;
        next[w] = v;
        if (w === start || missed(lists, sub.nodes[start]!, sub.nodes[w]!) !== null) {
          report(lists, found, chain(sub, next, w, start), reasonOf);
          break search;
        }
        queue[tail++] = w;
      }
    }
  }
}

/** The edges of reading and of processes, backwards. */
function pastOf(sub: SubGraph): Graph {
  const list = new EdgeList(sub.size);
  for (let v = 0; v < sub.size; v++) {
    for (let e = sub.off[v]!; e < sub.off[v + 1]!; e++) {
      if (sub.kind[e] === WR || sub.kind[e] === PR) list.add(sub.tgt[e]!, v, sub.kind[e]!);
    }
  }
  return list.build();
}

/** A read of t that does not show a write of `before`, and the write; or null. */
function missed(lists: Lists, t: number, before: number): { read: number; write: number } | null {
  const { txns } = lists;
  for (let read = txns.starts[t]!; read < txns.starts[t + 1]!; read++) {
    if (txns.f[read] !== READ || txns.predicate?.[read] === 1) continue;
    for (let write = txns.starts[before]!; write < txns.starts[before + 1]!; write++) {
      if (txns.f[write] === READ || txns.key[write] !== txns.key[read]) continue;
      if (misses(lists, read, write)) return { read, write };
    }
  }
  return null;
}

/** Transactions from the one at `from` to the one whose past it is in. */
function chain(sub: SubGraph, next: Int32Array, from: number, start: number): number[] {
  const path = [sub.nodes[from]!];
  let v = from;
  do {
    v = next[v]!;
    path.push(sub.nodes[v]!);
  } while (v !== start);
  return path;
}

function report(lists: Lists, found: FindingList, path: number[], reasonOf: FindReason): void {
  const { txns } = lists;
  const t = path[path.length - 1]!;
  const from = path[0]!;
  found.add('causal-violation', () => {
    const steps = path.slice(1).map((to, i) => {
      const reason = [WR, PR]
        .map((kind) => anyReason(txns, kind, path[i]!, to, reasonOf))
        .find((r) => r !== null);
      if (reason === undefined || reason === null) throw new Error(`no reason for ${path[i]} before ${to}`);
      return { text: reason.text, ops: [txns.inv[path[i]!]!, txns.inv[to]!].sort((a, b) => a - b) };
    });
    const what = from === t ? null : missed(lists, t, from);
    if (what === null) {
      const says = `${nameOf(t)} is in its own past`;
      return { key: txns.key[txns.starts[t]!]!, txns: [...new Set(path)], says, steps };
    }
    const key = txns.key[what.read]!;
    const value = valueWords(txns, txns.arg[what.write]!);
    const says = `${nameOf(t)} did not see ${value} in ${keyWords(txns, key)}, which ${nameOf(from)} in its past appended`;
    return { key, txns: path, says, steps: [...steps, readStep(lists, what.read)] };
  });
}
