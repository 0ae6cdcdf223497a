/**
 * An order of values under construction: every chain has a place, and operations of unknown outcome that
 * nobody saw may be called in to take a turn as well.
 */
import { NONE } from '../../harness/history/history.ts';
import { CAS, type RegisterColumns, WRITE } from './register-columns.ts';
import type { Zones } from './zones.ts';

/** Where backward zones are put at first: where they fit latest, or earliest. */
export type Preference = 'latest' | 'earliest';

/** Places are twice the index of an instant; odd ones lie just before or after the zone of that index. */
export class ValueOrder {
  readonly #columns: RegisterColumns;
  readonly #zones: Zones;
  /** By entry: its place and its first value. Entries below the number of chains are the chains. */
  readonly #places: number[] = [];
  readonly #heads: number[] = [];
  /** Values called in to follow the last value of a chain. */
  readonly #tails = new Map<number, number>();
  /** Updates of unknown outcome nobody saw, latest invoked last; none is used twice. */
  readonly #idle: number[] = [];

  constructor(columns: RegisterColumns, zones: Zones, preference: Preference) {
    this.#columns = columns;
    this.#zones = zones;
    const { groups, chainOf, chains } = zones;
    for (let chain = 0; chain < chains; chain++) {
      this.#places.push(placeOf(zones, chain, preference));
      this.#heads.push(NONE);
    }
    for (let v = zones.values - 1; v >= 0; v--) {
      const chain = chainOf[v]!;
      const w = groups.writer[v]!;
      if (chain !== NONE && (w === NONE || columns.from[w] === NONE)) this.#heads[chain] = v;
    }
    for (let i = 0; i < columns.size; i++) {
      const update = columns.kind[i] === WRITE || columns.kind[i] === CAS;
      if (update && groups.happened[i] === 0) this.#idle.push(i);
    }
  }

  /** Every value in order. O(n log n) with a native sort. */
  values(): Int32Array {
    const { groups } = this.#zones;
    const entries = this.#places.length;
    const order = new Float64Array(entries);
    for (let e = 0; e < entries; e++) order[e] = (this.#places[e]! + 4) * entries + e;
    order.sort();
    const values = new Int32Array(groups.count);
    let count = 0;
    for (const code of order) {
      for (let v = this.#heads[code % entries]!; v !== NONE; v = this.#after(v)) values[count++] = v;
    }
    return values.subarray(0, count);
  }

  #after(v: number): number {
    const next = this.#zones.groups.successor[v]!;
    if (next !== NONE) return this.#zones.groups.local(this.#columns.to[next]!);
    return this.#tails.get(v) ?? NONE;
  }

  /** Lets a cas nobody saw change this value, the last of its chain, if one was invoked before an index. */
  callCas(value: number, before: number): boolean {
    const { groups } = this.#zones;
    if (groups.successor[value] !== NONE || this.#tails.has(value)) return false;
    const c = this.#columns;
    return this.#take((i) => {
      if (c.kind[i] !== CAS || c.call[i]! > before || groups.local(c.from[i]!) !== value) return false;
      this.#tails.set(value, groups.local(c.to[i]!));
      return true;
    });
  }

  /** Lets a write nobody saw take a turn between two instants, outside all forward zones. */
  callWrite(from: number, to: number): boolean {
    const c = this.#columns;
    return this.#take((i) => {
      if (c.kind[i] !== WRITE) return false;
      const instant = this.#instantWithin(Math.max(from, c.call[i]!), to);
      if (instant === NONE) return false;
      this.#places.push(2 * instant + 1);
      this.#heads.push(this.#zones.groups.local(c.to[i]!));
      return true;
    });
  }

  #take(use: (op: number) => boolean): boolean {
    for (let k = this.#idle.length - 1; k >= 0; k--) {
      if (!use(this.#idle[k]!)) continue;
      this.#idle.splice(k, 1);
      return true;
    }
    return false;
  }

  /** Moves a backward zone, not in `but`, to an instant between two; returns it or NONE. O(chains). */
  moveChain(from: number, to: number, but: ReadonlySet<number>): number {
    const { firstRet, lastCall, chains } = this.#zones;
    for (let chain = 1; chain < chains; chain++) {
      if (firstRet[chain]! < lastCall[chain]! || but.has(chain)) continue;
      const instant = this.#instantWithin(
        Math.max(lastCall[chain]!, from),
        Math.min(firstRet[chain]! - 1, to),
      );
      if (instant === NONE) continue;
      this.#places[chain] = 2 * instant + 1;
      return chain;
    }
    return NONE;
  }

  /** An instant in [from, to] that no forward zone covers, or NONE. */
  #instantWithin(from: number, to: number): number {
    if (from > to) return NONE;
    const { forward, lastCall } = this.#zones;
    for (const instant of [from, to]) {
      const at = this.#zones.forwardBefore(instant + 1);
      if (at === NONE || lastCall[forward[at]!]! <= instant) return instant;
      const end = lastCall[forward[at]!]!;
      if (end <= to) return end;
    }
    return NONE;
  }
}

/** The place of a chain to begin with. */
function placeOf(zones: Zones, chain: number, preference: Preference): number {
  const { firstRet, lastCall, forward } = zones;
  const [ret, call] = [firstRet[chain]!, lastCall[chain]!];
  if (chain === 0) return -2;
  if (ret < call) return 2 * ret;
  const instant = preference === 'latest' ? ret : call;
  const at = zones.forwardBefore(instant);
  if (at === NONE || lastCall[forward[at]!]! < instant) return 2 * instant;
  const zone = forward[at]!;
  return preference === 'latest' ? 2 * firstRet[zone]! - 1 : 2 * lastCall[zone]! + 1;
}
