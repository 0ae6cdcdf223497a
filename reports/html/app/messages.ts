/**
 * The messages of the run in the page: columns decoded when they are first looked at, events by their number in the
 * network's one sequence, and what happened before what. An event is the number of a send or of a receipt; causes
 * have smaller numbers than effects, so that one pass over the numbers follows all chains.
 */
import type { MessageColumn, MessageNames } from '../message-columns.ts';

/** No event, no message. */
export const NONE = -1;

/** One array per column. */
export type MessageArrays = Record<MessageColumn, Float64Array>;

/** How one event relates to another. */
export interface Relation {
  how: 'same' | 'before' | 'after' | 'concurrent';
  /** Events from the earlier to the later one, each immediately before the next; empty for concurrent ones. */
  chain: number[];
}

/** All messages. Times in microseconds. */
export class Messages {
  readonly count: number;
  readonly about: MessageNames;
  readonly columns: MessageArrays;
  /** By event: the row it belongs to, or NONE. */
  readonly rowOf: Int32Array;
  /** By event: the one before it on its process, and its position among those of its process, from 1. */
  readonly previous: Int32Array;
  readonly positions: Int32Array;
  #known: Int32Array | null = null;
  /** Longest time any message took, for finding those under way. */
  readonly #longest: number;

  constructor(columns: MessageArrays, count: number, about: MessageNames) {
    this.columns = columns;
    this.count = count;
    this.about = about;
    let [last, longest] = [0, 0];
    for (let row = 0; row < count; row++) {
      last = Math.max(last, this.endOf(row));
      longest = Math.max(longest, columns.took[row]!);
    }
    this.#longest = longest;
    this.rowOf = new Int32Array(last + 1).fill(NONE);
    this.previous = new Int32Array(last + 1).fill(NONE);
    this.positions = new Int32Array(last + 1);
    for (let row = 0; row < count; row++) {
      this.rowOf[columns.order[row]!] = row;
      if (this.arrived(row)) this.rowOf[this.endOf(row)] = row;
    }
    const latest = new Int32Array(about.names.length).fill(NONE);
    const seen = new Int32Array(about.names.length);
    for (let event = 0; event <= last; event++) {
      if (this.rowOf[event] === NONE) continue;
      const process = this.processOf(event);
      this.previous[event] = latest[process]!;
      this.positions[event] = ++seen[process]!;
      latest[process] = event;
    }
  }

  endOf(row: number): number {
    return this.columns.order[row]! + this.columns.endOrder[row]!;
  }

  arrived(row: number): boolean {
    return this.columns.fate[row] === 0;
  }

  isSend(event: number): boolean {
    return this.columns.order[this.rowOf[event]!] === event;
  }

  processOf(event: number): number {
    const row = this.rowOf[event]!;
    return this.isSend(event) ? this.columns.from[row]! : this.columns.to[row]!;
  }

  timeOf(event: number): number {
    const row = this.rowOf[event]!;
    return this.columns.sent[row]! + (this.isSend(event) ? 0 : this.columns.took[row]!);
  }

  /** Lamport timestamp. */
  stampOf(event: number): number {
    const row = this.rowOf[event]!;
    return this.columns.stamp[row]! + (this.isSend(event) ? 0 : this.columns.endStamp[row]!);
  }

  name(process: number): string {
    return this.about.names[process] ?? '?';
  }

  /** The same words as `faultline causality` uses: `s12`, `r15`. */
  label(event: number): string {
    return `${this.isSend(event) ? 's' : 'r'}${event}`;
  }

  /** First row sent at or after a time. O(log n). */
  firstAt(time: number): number {
    const { sent } = this.columns;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sent[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Rows under way in a stretch of time, in order of sending. */
  eachTouching(from: number, to: number, visit: (row: number) => void): void {
    const { sent, took } = this.columns;
    // A few messages take long: looking back over the longest would visit everything, so at most a share of it.
    const stop = this.firstAt(to + 1);
    for (let row = this.firstAt(from - this.#longest); row < stop; row++) {
      if (sent[row]! + took[row]! >= from) visit(row);
    }
  }

  /** The immediate causes of an event: the one before it on its process, and the send it received. */
  #causes(event: number): [number, number] {
    const row = this.rowOf[event]!;
    return [this.previous[event]!, this.isSend(event) ? NONE : this.columns.order[row]!];
  }

  /** True vector timestamp: how many events of each process an event knows, itself included. O(events before it). */
  vectorOf(event: number): Map<number, number> {
    const known = new Map<number, number>();
    const seen = new Uint8Array(event + 1);
    seen[event] = 1;
    for (let at = event; at >= 0; at--) {
      if (seen[at] === 0) continue;
      const process = this.processOf(at);
      if (!known.has(process)) known.set(process, this.positions[at]!);
      for (const cause of this.#causes(at)) if (cause !== NONE) seen[cause] = 1;
    }
    return known;
  }

  /** How many events of each node an event knows: the part of its vector that fits beside it. O(1) after the first call. */
  nodesKnownAt(event: number): number[] {
    const { nodes } = this.about;
    if (this.#known === null) {
      const known = new Int32Array(this.rowOf.length * nodes);
      for (let at = 0; at < this.rowOf.length; at++) {
        if (this.rowOf[at] === NONE) continue;
        for (const cause of this.#causes(at)) {
          if (cause === NONE) continue;
          for (let node = 0; node < nodes; node++) {
            known[at * nodes + node] = Math.max(known[at * nodes + node]!, known[cause * nodes + node]!);
          }
        }
        const process = this.processOf(at);
        if (process < nodes) known[at * nodes + process] = this.positions[at]!;
      }
      this.#known = known;
    }
    return [...this.#known.subarray(event * nodes, (event + 1) * nodes)];
  }

  /** Whether one event happened before the other, and by which chain. O(events between them). */
  relate(a: number, b: number): Relation {
    if (a === b) return { how: 'same', chain: [a] };
    const [early, late] = a < b ? [a, b] : [b, a];
    const next = new Int32Array(late - early + 1).fill(NONE);
    const seen = new Uint8Array(late - early + 1);
    seen[late - early] = 1;
    for (let at = late; at > early; at--) {
      if (seen[at - early] === 0) continue;
      for (const cause of this.#causes(at)) {
        if (cause < early || seen[cause - early] === 1) continue;
        seen[cause - early] = 1;
        next[cause - early] = at;
      }
    }
    if (seen[0] === 0) return { how: 'concurrent', chain: [] };
    const chain = [early];
    for (let at = early; at !== late; at = next[at - early]!) chain.push(next[at - early]!);
    return { how: a < b ? 'before' : 'after', chain };
  }

  /**
   * Messages that an operation of a client can have rested on: after its request, and before its answer where it got
   * one. Rows; empty when the client sent nothing then. O(events of that time).
   */
  follow(client: string, from: number, to: number, answered: boolean): Set<number> {
    const process = this.about.names.indexOf(client);
    const { sent } = this.columns;
    let first = NONE;
    let last = NONE;
    let stop = 0;
    for (let row = this.firstAt(from); row < this.count && sent[row]! <= to; row++) {
      stop = Math.max(stop, this.endOf(row));
      if (process >= 0 && this.columns.from[row] === process && first === NONE)
        first = this.columns.order[row]!;
      const received = this.arrived(row) && this.columns.to[row] === process && first !== NONE;
      if (received && this.columns.sent[row]! + this.columns.took[row]! <= to + 1000) last = this.endOf(row);
    }
    if (first === NONE) return new Set();
    const end = answered && last > first ? last : stop;
    const after = this.#after(first, end);
    const before = answered && last > first ? this.#before(first, end) : after;
    const rows = new Set<number>();
    for (let event = first; event <= end; event++) {
      const row = this.rowOf[event]!;
      if (row === NONE || !this.isSend(event) || after[event - first] === 0 || before[event - first] === 0)
        continue;
      const receipt = this.endOf(row);
      // Lost ones count as far as they came; of the others both ends must lie between.
      if (this.arrived(row) && answered && (receipt > end || before[receipt - first] === 0)) continue;
      rows.add(row);
    }
    return rows;
  }

  #after(first: number, end: number): Uint8Array {
    const marked = new Uint8Array(end - first + 1);
    marked[0] = 1;
    for (let event = first + 1; event <= end; event++) {
      if (this.rowOf[event] === NONE) continue;
      for (const cause of this.#causes(event))
        if (cause >= first && marked[cause - first] === 1) marked[event - first] = 1;
    }
    return marked;
  }

  #before(first: number, end: number): Uint8Array {
    const marked = new Uint8Array(end - first + 1);
    marked[end - first] = 1;
    for (let event = end; event > first; event--) {
      if (marked[event - first] === 0) continue;
      for (const cause of this.#causes(event)) if (cause >= first) marked[cause - first] = 1;
    }
    return marked;
  }
}
