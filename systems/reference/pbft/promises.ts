/**
 * What a replica of PBFT has promised, slot by slot, on disk; and which promises of others bind a new view: the
 * rules of view changes without signatures ("Practical Byzantine Fault Tolerance and Proactive Recovery", Castro and
 * Liskov, 2002, figure 4).
 */
import type { Json } from '../../../harness/op.ts';
import type { Storage } from '../api.ts';
import { textOf } from '../canonical.ts';

/** A request as replicas order it; null is a slot that stays empty. */
export type Order = Json;

/** A request of a slot, and the latest view in which something was promised about it. */
export type Promised = [slot: number, view: number, order: Order];

/** What a replica says of its promises when it leaves a view. */
export interface Account {
  /** It tells all above this slot. */
  low: number;
  prepared: Promised[];
  accepted: Promised[];
}

/** Promises of one replica. */
export class Promises {
  readonly #storage: Storage;
  readonly #prepared = new Map<number, Promised>();
  readonly #accepted = new Map<number, Map<string, Promised>>();
  #low: number;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#low = Number(storage.read('low') ?? 0);
    const last = Number(storage.read('last') ?? 0);
    for (let slot = this.#low + 1; slot <= last; slot++) {
      const saved = storage.read(`slot ${slot}`) as unknown as [Promised | null, Promised[]] | undefined;
      if (saved === undefined) continue;
      if (saved[0] !== null) this.#prepared.set(slot, saved[0]);
      for (const promise of saved[1]) this.#keep(promise);
    }
  }

  /** The last slot anything was promised about. */
  get last(): number {
    return Math.max(this.#low, ...this.#accepted.keys());
  }

  /** What was accepted for a slot in a view, undefined when nothing was. */
  acceptedIn(slot: number, view: number): Promised | undefined {
    return [...(this.#accepted.get(slot)?.values() ?? [])].find((promise) => promise[1] === view);
  }

  accept(promise: Promised): void {
    this.#keep(promise);
    this.#save(promise[0]);
  }

  prepare(promise: Promised): void {
    this.#prepared.set(promise[0], promise);
    this.#save(promise[0]);
  }

  /** Everything up to this slot is settled for good. */
  settle(low: number): void {
    if (low <= this.#low) return;
    for (let slot = this.#low + 1; slot <= low; slot++) {
      this.#prepared.delete(slot);
      this.#accepted.delete(slot);
    }
    this.#low = low;
    this.#storage.write('low', low);
  }

  account(): Account {
    const accepted = [...this.#accepted.values()].flatMap((all) => [...all.values()]);
    return { low: this.#low, prepared: [...this.#prepared.values()], accepted };
  }

  #keep(promise: Promised): void {
    const [slot, , order] = promise;
    let all = this.#accepted.get(slot);
    if (all === undefined) this.#accepted.set(slot, (all = new Map()));
    all.set(textOf(order), promise);
  }

  #save(slot: number): void {
    const accepted = [...(this.#accepted.get(slot)?.values() ?? [])];
    const prepared = this.#prepared.get(slot) ?? null;
    this.#storage.write(`slot ${slot}`, [prepared, accepted] as unknown as Json);
    this.#storage.write('last', Math.max(slot, Number(this.#storage.read('last') ?? 0)));
  }
}

/** Slots beyond the settled ones that may be in use at a time. */
export const WINDOW = 400;

/**
 * What a new view begins with, from the accounts of at least a quorum: the order of every slot that may have been
 * decided, null for one that was not. Null when the accounts do not tell yet. Pure, so that all who have the same
 * accounts begin alike.
 */
export function beginning(
  accounts: readonly Account[],
  quorum: number,
  faults: number,
): Map<number, Order> | null {
  if (accounts.length < quorum) return null;
  // One of f + 1 is honest: somebody has settled everything up to here.
  const low = accounts.map((account) => account.low).sort((a, b) => b - a)[faults]!;
  const slots = accounts.flatMap(({ prepared }) => prepared.map(([slot]) => slot));
  const last = Math.min(low + WINDOW, Math.max(low, ...slots));
  const begins = new Map<number, Order>();
  for (let slot = low + 1; slot <= last; slot++) {
    const order = bound(
      accounts.filter((account) => account.low < slot),
      slot,
      quorum,
      faults,
    );
    if (order === undefined) return null;
    begins.set(slot, order);
  }
  return begins;
}

/** The order of a slot that binds a new view; undefined when that cannot be told. */
function bound(
  accounts: readonly Account[],
  slot: number,
  quorum: number,
  faults: number,
): Order | undefined {
  const of = (promises: readonly Promised[]): Promised[] => promises.filter((each) => each[0] === slot);
  const candidates = accounts.flatMap(({ prepared }) => of(prepared)).sort((a, b) => b[1] - a[1]);
  for (const [, view, order] of candidates) {
    const text = textOf(order);
    const unopposed = accounts.filter(({ prepared }) =>
      of(prepared).every(([, other, what]) => other < view || (other === view && textOf(what) === text)),
    );
    const supported = accounts.filter(({ accepted }) =>
      of(accepted).some(([, other, what]) => other >= view && textOf(what) === text),
    );
    if (unopposed.length >= quorum && supported.length > faults) return order;
  }
  const without = accounts.filter(({ prepared }) => of(prepared).length === 0);
  return without.length >= quorum ? null : undefined;
}
