/**
 * Tries to find, for a register that is linearizable without its refused cas operations, a linearization in
 * which each of these meets another value than the one it compared with.
 *
 * The order of values is fixed first: forward zones have only one order, and each backward zone is put where
 * it fits latest (or earliest). Then every value's beginning can be chosen within bounds. Going through them
 * in order and beginning each as late as may be is best: a later beginning lets more refusals of that value
 * happen before it, and leaves the next value's beginning freer. Those that must happen after it bound the
 * next beginning from above. For a fixed order of values this decides exactly.
 */
import { NONE } from '../../harness/history/history.ts';
import { REFUSED, type RegisterColumns } from './register-columns.ts';
import type { Zones } from './zones.ts';

/** Room for backward zones: where they fit latest, or earliest. */
type Preference = 'latest' | 'earliest';

/** True when such a linearization was found; false proves nothing. O(n log n) with a native sort. */
export function refusalsFit(c: RegisterColumns, zones: Zones): boolean {
  const refusals = new Refusals(c, zones);
  return (['latest', 'earliest'] as const).some((preference) => fits(c, zones, refusals, preference));
}

/** Refused operations by the value they compared with. */
class Refusals {
  readonly #first: Int32Array;
  readonly #next: Int32Array;

  constructor(c: RegisterColumns, zones: Zones) {
    this.#first = new Int32Array(zones.groups.count).fill(NONE);
    this.#next = new Int32Array(c.size);
    for (let i = 0; i < c.size; i++) {
      if (c.kind[i] !== REFUSED) continue;
      const value = zones.groups.local(c.from[i]!);
      if (value >= this.#first.length) continue;
      this.#next[i] = this.#first[value]!;
      this.#first[value] = i;
    }
  }

  /** First completion among refusals of a value that begins at `start`, of those that must wait for its end. */
  firstReturn(c: RegisterColumns, value: number, start: number): number {
    let first = Number.POSITIVE_INFINITY;
    for (let i = this.#first[value]!; i !== NONE; i = this.#next[i]!) {
      if (c.call[i]! > start && c.ret[i]! < first) first = c.ret[i]!;
    }
    return first;
  }
}

/** Positions are history indexes: a beginning at x lies between event x and event x + 1. */
function fits(c: RegisterColumns, zones: Zones, refusals: Refusals, preference: Preference): boolean {
  const { groups } = zones;
  const values = valuesInOrder(c, zones, preference);
  const latest = new Float64Array(values.length);
  let until = Number.POSITIVE_INFINITY;
  for (let k = values.length - 1; k >= 0; k--) {
    const v = values[k]!;
    const [w, r] = [groups.writer[v]!, groups.firstRead[v]!];
    if (w !== NONE) until = Math.min(until, c.ret[w]! - 1);
    if (r !== NONE) until = Math.min(until, c.ret[r]! - 1);
    latest[k] = until;
  }
  let earliest = -1;
  let start = -1;
  let bound = Number.POSITIVE_INFINITY;
  for (let k = 0; k < values.length; k++) {
    const v = values[k]!;
    const [w, r] = [groups.writer[v]!, groups.lastRead[v]!];
    if (w !== NONE) {
      earliest = Math.max(earliest, c.call[w]!);
      start = Math.min(latest[k]!, bound - 1);
      if (start < earliest) return false;
    }
    if (r !== NONE) earliest = Math.max(earliest, c.call[r]!);
    bound = refusals.firstReturn(c, v, start);
  }
  return bound === Number.POSITIVE_INFINITY;
}

/** Values that happened, chain by chain, in one order that the zones allow. */
function valuesInOrder(c: RegisterColumns, zones: Zones, preference: Preference): Int32Array {
  const { groups, chainOf, chains } = zones;
  const headOf = new Int32Array(chains).fill(NONE);
  for (let v = groups.count - 1; v >= 0; v--) {
    const chain = v < chainOf.length ? chainOf[v]! : NONE;
    const w = groups.writer[v]!;
    if (chain !== NONE && (w === NONE || c.from[w] === NONE)) headOf[chain] = v;
  }
  const order = new Float64Array(chains);
  for (let chain = 0; chain < chains; chain++)
    order[chain] = placeOf(zones, chain, preference) * chains + chain;
  order.sort();
  const values = new Int32Array(groups.count);
  let count = 0;
  for (const code of order) {
    const chain = ((code % chains) + chains) % chains;
    for (let v = headOf[chain]!; v !== NONE; ) {
      values[count++] = v;
      const next = groups.successor[v]!;
      v = next === NONE ? NONE : groups.local(c.to[next]!);
    }
  }
  return values.subarray(0, count);
}

/** Sort key of a chain: twice the index of the instant it is put at, odd just before or after a zone. */
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
