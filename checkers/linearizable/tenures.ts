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
import { ValueOrder } from './value-order.ts';
import type { Zones } from './zones.ts';

/** Most times one order is mended before it is given up. */
const MAX_REPAIRS = 400;

/** True when such a linearization was found; false proves nothing. O(n log n) with a native sort, per repair. */
export function refusalsFit(c: RegisterColumns, zones: Zones): boolean {
  const refusals = new Refusals(c, zones);
  return (['latest', 'earliest'] as const).some((preference) =>
    mended(c, zones, refusals, new ValueOrder(c, zones, preference)),
  );
}

/**
 * Mends an order where it fails: something that could take its turn during the refusal that found no instant
 * is put there: a backward zone, or an update of unknown outcome that nobody saw. Any order that fits is a
 * proof, so this may guess; it stops when it gets no further.
 */
function mended(c: RegisterColumns, zones: Zones, refusals: Refusals, order: ValueOrder): boolean {
  let furthest = -1;
  const moved = new Set<number>();
  for (let repair = 0; repair <= MAX_REPAIRS; repair++) {
    const misfit = fits(c, zones, refusals, order.values());
    if (misfit === null) return true;
    if (misfit.at < furthest || misfit.refused === NONE) return false;
    if (misfit.at > furthest) moved.clear();
    furthest = misfit.at;
    const from = Math.max(c.call[misfit.refused]!, misfit.start);
    const to = c.ret[misfit.refused]! - 1;
    if (order.callCas(misfit.value, to)) continue;
    const own = zones.chainOf[misfit.value]!;
    if (own !== NONE) moved.add(own);
    const chain = order.moveChain(from, to, moved);
    if (chain !== NONE) moved.add(chain);
    else if (!order.callWrite(from, to)) return false;
  }
  return false;
}

/** Where an order fails: at which value of it, and which refusal of the value before found no instant. */
interface Misfit {
  at: number;
  refused: number;
  value: number;
  start: number;
}

/** Refused operations by the value they compared with. */
class Refusals {
  readonly #first: Int32Array;
  readonly #next: Int32Array;

  constructor(c: RegisterColumns, zones: Zones) {
    this.#first = new Int32Array(zones.values).fill(NONE);
    this.#next = new Int32Array(c.size);
    for (let i = 0; i < c.size; i++) {
      if (c.kind[i] !== REFUSED) continue;
      const value = zones.groups.local(c.from[i]!);
      if (value >= this.#first.length) continue;
      this.#next[i] = this.#first[value]!;
      this.#first[value] = i;
    }
  }

  /** Of the refusals of a value that must wait for its end, as it begins at `start`: the first to complete. */
  firstWaiting(c: RegisterColumns, value: number, start: number): number {
    let first = NONE;
    for (let i = this.#first[value]!; i !== NONE; i = this.#next[i]!) {
      if (c.call[i]! > start && (first === NONE || c.ret[i]! < c.ret[first]!)) first = i;
    }
    return first;
  }
}

/**
 * Null when the values in this order can be linearized with every refusal. Complete for the
 * order given. Positions are history indexes: a beginning at x lies between event x and event x + 1.
 */
function fits(c: RegisterColumns, zones: Zones, refusals: Refusals, values: Int32Array): Misfit | null {
  const { groups } = zones;
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
  let waiting = NONE;
  for (let k = 0; k < values.length; k++) {
    const v = values[k]!;
    const [w, r] = [groups.writer[v]!, groups.lastRead[v]!];
    if (w !== NONE) {
      earliest = Math.max(earliest, c.call[w]!);
      const bound = waiting === NONE ? Number.POSITIVE_INFINITY : c.ret[waiting]! - 1;
      const next = Math.min(latest[k]!, bound);
      if (next < earliest) return { at: k, refused: waiting, value: values[Math.max(0, k - 1)]!, start };
      start = next;
    }
    if (r !== NONE) earliest = Math.max(earliest, c.call[r]!);
    waiting = refusals.firstWaiting(c, v, start);
  }
  if (waiting === NONE) return null;
  return { at: values.length, refused: waiting, value: values.at(-1)!, start };
}
