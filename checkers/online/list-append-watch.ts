/**
 * List-append transactions while a run goes. Every read must be a prefix of the longest one of its key, which gives
 * the order of versions; dependencies are added to a graph kept in topological order, so that the edge that closes
 * a cycle is known the moment it appears. Reads of aborted or intermediate appends, of the same element twice, and
 * of what nobody has appended yet are seen at once.
 */
import type { Json, Op } from '../../harness/op.ts';
import { rangeOf } from '../txn/scan-range.ts';
import type { Watch } from './contract.ts';
import { contradictsItself } from './own-reads.ts';
import { TopologicalOrder } from './topological-order.ts';

/** Which edges count, as the chosen model has it. */
export interface ListAppendWatchOptions {
  /** Anti-dependencies, order of each process, and order in real time. */
  anti: boolean;
  process: boolean;
  realtime: boolean;
}

/** Nodes of the graph beyond which watching ends: some hundred bytes each. */
const MOST_NODES = 4_000_000;
/** Appends nobody has seen that a read is compared with: more is for the full check. */
const MOST_UNSEEN = 64;
/** Lists there may be for a scan to be compared with those it did not find. */
const MOST_SCANNED = 256;

type Element = string | number | boolean | null;

interface Txn {
  node: number;
  failed: boolean;
  seen: boolean;
  /** Last element it appends, by key. */
  last: Map<Element, Element>;
}

interface List {
  order: Element[];
  position: Map<Element, number>;
  writers: Map<Element, Txn>;
  /** Those who read all of it. */
  readers: number[];
  /** Acknowledged appenders of elements no read shows. */
  unseen: { txn: Txn; element: Element }[];
  /** Reads contradict each other: its order is not known any more. */
  broken: boolean;
}

/** Watches all lists. */
export class ListAppendWatch implements Watch {
  readonly #options: ListAppendWatchOptions;
  readonly #graph = new TopologicalOrder();
  readonly #lists = new Map<Element, List>();
  readonly #open = new Map<number, Txn>();
  readonly #latest = new Map<number, number>();
  #barrier = -1;
  #barrierOpen = false;
  #transactions = 0;
  /** A read shows what nobody had invoked by then. */
  #garbage = false;
  #stopped: string | null = null;

  constructor(options: ListAppendWatchOptions) {
    this.#options = options;
  }

  take(op: Op): boolean {
    if (this.#stopped !== null || typeof op.process !== 'number' || op.f !== 'txn') return false;
    if (op.type === 'invoke') return this.#invoke(op, op.process);
    const txn = this.#open.get(op.process);
    if (txn === undefined) return false;
    this.#open.delete(op.process);
    if (op.type === 'fail') {
      txn.failed = true;
      return txn.seen;
    }
    return op.type === 'ok' && this.#commit(op, op.process, txn);
  }

  /** By now, what nobody appended nobody will append. */
  end(): boolean {
    return this.#stopped === null && this.#garbage;
  }

  stats(): Record<string, Json> {
    const { nodes, edges } = this.#graph;
    return { transactions: this.#transactions, nodes, edges, stopped: this.#stopped };
  }

  #invoke(op: Op, process: number): boolean {
    if (this.#graph.nodes >= MOST_NODES) return this.#stop(`limit of ${MOST_NODES} nodes`);
    const txn: Txn = { node: this.#graph.add(), failed: false, seen: false, last: new Map() };
    this.#transactions++;
    this.#open.set(process, txn);
    this.#barrierOpen = false;
    if (this.#options.realtime && this.#barrier >= 0) this.#graph.link(this.#barrier, txn.node);
    const before = this.#latest.get(process);
    if (this.#options.process && before !== undefined) this.#graph.link(before, txn.node);
    let wrong = false;
    for (const mop of Array.isArray(op.value) ? op.value : []) {
      if (!Array.isArray(mop)) return this.#stop('an operation that is no transaction');
      const [f, key, element] = mop as Element[];
      if (f !== 'append') continue;
      if (isObject(key) || isObject(element)) return this.#stop('keys or elements that are no plain values');
      const list = this.#list(key!);
      const other = list.writers.get(element!);
      if (other !== undefined && !other.failed) return this.#stop('an element that was appended twice');
      // Somebody read it before it was ever appended.
      if (list.position.has(element!)) wrong = true;
      list.writers.set(element!, txn);
      txn.last.set(key!, element!);
    }
    return wrong;
  }

  #commit(op: Op, process: number, txn: Txn): boolean {
    let wrong = false;
    if (this.#options.realtime) this.#returned(txn.node);
    this.#latest.set(process, txn.node);
    const mops = this.#scansAsReads((Array.isArray(op.value) ? op.value : []) as Json[][]);
    for (const [f, key, argument] of mops) {
      if (f !== 'append' || isObject(key)) continue;
      wrong = this.#appended(txn, key as Element, argument as Element) || wrong;
    }
    for (const [f, key, argument] of mops) {
      if (f !== 'r' || !Array.isArray(argument) || isObject(key)) continue;
      if (argument.some(isObject)) return this.#stop('elements that are no plain values');
      wrong = this.#read(txn, key as Element, argument as Element[]) || wrong;
    }
    return contradictsItself(mops) || wrong;
  }

  /** Scans read the keys they found, and found every other key of their range without elements. */
  #scansAsReads(mops: readonly Json[][]): readonly Json[][] {
    if (!mops.some(([f]) => f === 'scan')) return mops;
    return mops.flatMap((mop): Json[][] => {
      const [f, asked, found] = mop;
      const range = rangeOf(asked);
      if (f !== 'scan' || !Array.isArray(found) || range === undefined) return [mop];
      const reads = (found as Json[][]).map(([key, list]): Json[] => ['r', key!, list!]);
      if (this.#lists.size > MOST_SCANNED) return reads;
      const present = new Set(reads.map(([, key]) => key));
      for (const key of this.#lists.keys()) {
        const inside = range === null || (typeof key === 'number' && key >= range[0] && key <= range[1]);
        if (inside && !present.has(key)) reads.push(['r', key, []]);
      }
      return reads;
    });
  }

  /** Real time: everything that returned by now comes before everything invoked from now on. */
  #returned(node: number): void {
    if (!this.#barrierOpen) {
      const barrier = this.#graph.add();
      if (this.#barrier >= 0) this.#graph.link(this.#barrier, barrier);
      this.#barrier = barrier;
      this.#barrierOpen = true;
    }
    this.#graph.link(node, this.#barrier);
  }

  /** An append was acknowledged. When no read shows it, it comes after all that reads show. */
  #appended(txn: Txn, key: Element, element: Element): boolean {
    const list = this.#list(key);
    if (list.broken || list.position.has(element)) return false;
    list.unseen.push({ txn, element });
    let wrong = this.#linkFromLast(list, txn);
    if (this.#options.anti) {
      for (const reader of list.readers) wrong = this.#link(reader, txn.node) || wrong;
    }
    return wrong;
  }

  #read(txn: Txn, key: Element, elements: readonly Element[]): boolean {
    const list = this.#list(key);
    if (list.broken) return false;
    const common = Math.min(elements.length, list.order.length);
    for (let i = 0; i < common; i++) {
      if (elements[i] === list.order[i]) continue;
      list.broken = true;
      return true;
    }
    let wrong = elements.length > list.order.length && this.#extend(list, elements);
    const n = elements.length;
    const writer = n === 0 ? undefined : list.writers.get(elements[n - 1]!);
    if (writer !== undefined && writer !== txn) {
      wrong = this.#link(writer.node, txn.node) || wrong;
      if (writer.last.get(key) !== elements[n - 1]) wrong = true;
    }
    if (!this.#options.anti) return wrong;
    if (n < list.order.length) {
      const next = list.writers.get(list.order[n]!);
      return (next !== undefined && this.#link(txn.node, next.node)) || wrong;
    }
    list.readers.push(txn.node);
    for (const { txn: other } of list.unseen.slice(-MOST_UNSEEN)) {
      wrong = this.#link(txn.node, other.node) || wrong;
    }
    return wrong;
  }

  /** A read shows more of a list than any before it. */
  #extend(list: List, elements: readonly Element[]): boolean {
    let wrong = false;
    let before = lastWriter(list);
    for (let i = list.order.length; i < elements.length; i++) {
      const element = elements[i]!;
      if (list.position.has(element)) wrong = true;
      list.position.set(element, i);
      const writer = list.writers.get(element);
      list.order.push(element);
      if (writer === undefined) {
        // Nobody has invoked it: later than this read in real time, if ever.
        wrong = wrong || this.#options.realtime;
        this.#garbage = true;
        list.readers = [];
        continue;
      }
      writer.seen = true;
      if (writer.failed) wrong = true;
      if (before !== undefined) wrong = this.#link(before.node, writer.node) || wrong;
      for (const reader of list.readers) wrong = this.#link(reader, writer.node) || wrong;
      list.readers = [];
      before = writer;
    }
    list.unseen = list.unseen.filter(({ element }) => !list.position.has(element));
    for (const { txn } of list.unseen.slice(-MOST_UNSEEN)) wrong = this.#linkFromLast(list, txn) || wrong;
    return wrong;
  }

  #linkFromLast(list: List, txn: Txn): boolean {
    const last = lastWriter(list);
    return last !== undefined && this.#link(last.node, txn.node);
  }

  /** Adds an edge; true when it closes a cycle. */
  #link(from: number, to: number): boolean {
    return !this.#graph.link(from, to);
  }

  #list(key: Element): List {
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = {
        order: [],
        position: new Map(),
        writers: new Map(),
        readers: [],
        unseen: [],
        broken: false,
      };
      this.#lists.set(key, list);
    }
    return list;
  }

  #stop(why: string): false {
    this.#stopped = why;
    return false;
  }
}

/** Who wrote the last element any read shows. */
function lastWriter(list: List): Txn | undefined {
  return list.order.length === 0 ? undefined : list.writers.get(list.order.at(-1)!);
}

function isObject(value: Json | undefined): boolean {
  return typeof value === 'object' && value !== null;
}
