/**
 * Causal consistency of lists: a transaction must see what is in its past, where the past is what its process
 * did before and what those transactions, or it, read from (Biswas and Enea, 2019). What it misses lies on a
 * cycle with it, so that only the cyclic part of a graph is searched.
 */
import type { Budget } from '../contract.ts';
import { anyReason } from './explain.ts';
import type { Finding, FindingList } from './finding.ts';
import { cyclicPart, EdgeList, type Graph, PR, type SubGraph, WR } from './graph.ts';
import { automatonOf } from './levels.ts';
import type { FindReason } from './links.ts';
import { readStep } from './list-anomalies.ts';
import { misses } from './list-fractured.ts';
import type { Lists } from './lists.ts';
import { isShown } from './long-circle.ts';
import { READ } from './mop-reader.ts';
import { components } from './scc.ts';
import { keyWords, nameOf, valueWords } from './txn-words.ts';

/** Steps after which the search leaves the question open, and between two looks at the budget. */
const MAX_STEPS = 1e7;
const SPEND_EVERY = 4096;

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
  // In its own past: which no search is needed for, unless it is shown.
  const circular = components(past, automatonOf('G1c', 1));
  const search = new PastSearch(lists, sub, past, budget);
  for (let start = 0; start < sub.size && sub.nodes[start]! < lists.txns.count; start++) {
    if (circular.sizes[circular.of[start]!]! > 1) {
      found.add('causal-violation', () => {
        const from = search.from(start);
        if (from < 0) throw new Error(`${nameOf(sub.nodes[start]!)} is not in its own past`);
        return worded(lists, search.chain(from, start), reasonOf);
      });
      continue;
    }
    const from = search.stopped ? -1 : search.from(start);
    if (search.stopped) found.unsettled.add('causal-violation');
    if (from >= 0) found.add('causal-violation', () => worded(lists, search.chain(from, start), reasonOf));
  }
}

/** Searches pasts, the nearest transactions first. */
class PastSearch {
  /** Some search was cut short. */
  stopped = false;
  readonly #lists: Lists;
  readonly #sub: SubGraph;
  readonly #past: Graph;
  readonly #budget: Budget;
  readonly #next: Int32Array;
  readonly #stamp: Int32Array;
  readonly #queue: Int32Array;
  #run = 0;
  #steps = 0;

  constructor(lists: Lists, sub: SubGraph, past: Graph, budget: Budget) {
    this.#lists = lists;
    this.#sub = sub;
    this.#past = past;
    this.#budget = budget;
    this.#next = new Int32Array(sub.size);
    this.#stamp = new Int32Array(sub.size);
    this.#queue = new Int32Array(sub.size);
  }

  /** The first in the past of a local transaction that it missed something of, or itself; -1 for none. */
  from(start: number): number {
    const { nodes } = this.#sub;
    const { off, tgt } = this.#past;
    const run = ++this.#run;
    const queue = this.#queue;
    let tail = 0;
    let charged = 0;
    queue[tail++] = start;
    for (let head = 0; head < tail; head++) {
      const v = queue[head]!;
      for (let e = off[v]!; e < off[v + 1]!; e++) {
        if (++charged % SPEND_EVERY === 0 && !this.#pay(SPEND_EVERY)) return -1;
        const w = tgt[e]!;
        if (this.#stamp[w] === run) continue;
        this.#stamp[w] = run;
        this.#next[w] = v;
        if (w === start || missed(this.#lists, nodes[start]!, nodes[w]!) !== null) return w;
        queue[tail++] = w;
      }
    }
    this.#pay(16 + (charged % SPEND_EVERY));
    return -1;
  }

  /** Transactions from the local one at `from` to the one whose past it is in: the last search's. */
  chain(from: number, start: number): number[] {
    const path = [this.#sub.nodes[from]!];
    let v = from;
    do {
      v = this.#next[v]!;
      path.push(this.#sub.nodes[v]!);
    } while (v !== start);
    return path;
  }

  #pay(steps: number): boolean {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS || !this.#budget.spend(steps)) this.stopped = true;
    return !this.stopped;
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

/** What a transaction missed of the first of a path to it, or that it is in its own past. */
function worded(lists: Lists, path: readonly number[], reasonOf: FindReason): Omit<Finding, 'kind'> {
  const { txns } = lists;
  const t = path[path.length - 1]!;
  const from = path[0]!;
  const shown = path
    .slice(1)
    .flatMap((to, i) => (isShown(i, path.length - 1) ? [[path[i]!, to] as const] : []));
  const steps = shown.map(([before, to]) => {
    const reason = [WR, PR]
      .map((kind) => anyReason(txns, kind, before, to, reasonOf))
      .find((r) => r !== null);
    if (reason === undefined || reason === null) throw new Error(`no reason for ${before} before ${to}`);
    return { text: reason.text, ops: [txns.inv[before]!, txns.inv[to]!].sort((a, b) => a - b) };
  });
  const what = from === t ? null : missed(lists, t, from);
  if (what === null) {
    const says = `${nameOf(t)} is in its own past`;
    return { key: txns.key[txns.starts[t]!]!, txns: [...new Set(path)], says, steps };
  }
  const key = txns.key[what.read]!;
  const value = valueWords(txns, txns.arg[what.write]!);
  const says = `${nameOf(t)} did not see ${value} in ${keyWords(txns, key)}, which ${nameOf(from)} in its past appended`;
  return { key, txns: [...path], says, steps: [...steps, readStep(lists, what.read)] };
}
