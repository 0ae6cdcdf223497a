/**
 * What a Byzantine replica of PBFT sends instead of what it should: another request in the same slot, one that
 * nobody made, nothing, or both. It cannot speak in the name of others, and requests are those of clients.
 */
import type { Body, NodeHandle, ProgramConfig } from '../api.ts';
import { textOf } from '../canonical.ts';
import { Traitor, traitorsAmong } from '../traitors.ts';
import type { Account, Order } from './promises.ts';

/** The lies of one replica; an honest one has none. */
export class Liar {
  readonly traitor: Traitor | null = null;
  readonly #equivocates: boolean;
  /** By slot: what is said to be in it. */
  readonly #lies = new Map<number, Order>();
  /** Requests that were told in a slot that is not theirs, and one whose own slot was given away. */
  readonly #told = new Set<string>();
  #owed: Order = null;
  /** Requests that wait for a slot; what may be told instead. */
  others: () => Order[] = () => [];

  constructor(node: NodeHandle, { settings }: ProgramConfig, nodes: readonly string[]) {
    const lies = String(settings['lies']);
    this.#equivocates = lies === 'equivocate';
    if (traitorsAmong(nodes, Number(settings['traitors'])).includes(node.id))
      this.traitor = new Traitor(node, lies);
  }

  /** Would it propose these now? Who wants to tell two stories waits until there are two about one instance. */
  ready(waiting: readonly Order[]): boolean {
    if (this.traitor === null || !this.#equivocates) return true;
    return new Set(waiting.map(instanceOf)).size < waiting.length;
  }

  /** What a peer is sent in place of a message about a slot: one message, none, or two that contradict. */
  variants(to: string, body: Body & { slot: number; order: Order }, again: boolean): Body[] {
    if (this.traitor === null) return [body];
    const lie = this.#lie(body.slot, body.order);
    const order = this.traitor.value(to, body.order, lie);
    if (order === undefined) return [];
    const first = { ...body, order };
    // Whoever takes the first pre-prepare of a slot does not mind the second.
    if (body.type !== 'preprepare' || !this.#equivocates || !again) return [first];
    return [first, { ...body, order: order === lie ? body.order : lie }];
  }

  /** A stretch of the log, as a peer is told it. */
  stretch(to: string, orders: readonly Order[]): Order[] {
    const { traitor } = this;
    if (traitor === null) return [...orders];
    return orders.map((order) => traitor.value(to, order, forged(order)) ?? null);
  }

  /** An account of promises, as a peer is told it; undefined: it is told nothing. */
  account(to: string, truth: Account): Account | undefined {
    const { traitor } = this;
    if (traitor === null) return truth;
    const told = traitor.value(to, true, false);
    if (told === undefined) return undefined;
    if (told === true) return truth;
    const lied = (promises: Account['prepared']): Account['prepared'] =>
      promises.map(([slot, view, order]) => [slot, view, this.#lie(slot, order)]);
    return { low: truth.low, prepared: lied(truth.prepared), accepted: lied(truth.accepted) };
  }

  /** The same lie about a slot to whoever is lied to: requests in another order, or one that nobody made. */
  #lie(slot: number, truth: Order): Order {
    let lie = this.#lies.get(slot);
    if (lie !== undefined) return lie;
    const fresh = !this.#told.has(textOf(truth));
    if (this.#owed !== null) {
      lie = this.#owed;
      this.#owed = fresh ? truth : null;
    } else {
      const others = this.others().filter((each) => textOf(each) !== textOf(truth));
      const other = others.find((each) => instanceOf(each) === instanceOf(truth)) ?? others[0];
      if (other !== undefined && fresh) this.#owed = truth;
      lie = (fresh ? other : undefined) ?? forged(truth);
    }
    this.#told.add(textOf(lie));
    this.#lies.set(slot, lie);
    return lie;
  }
}

function instanceOf(order: Order): string {
  return order === null ? '' : textOf((order as { value: { instance: Order } }).value.instance);
}

function forged(order: Order): Order {
  if (order === null) return null;
  const { by, name, value } = order as { by: string; name: string; value: { [field: string]: string } };
  return { by, name: `${name} forged`, value: { ...value, value: 'forged' } };
}
