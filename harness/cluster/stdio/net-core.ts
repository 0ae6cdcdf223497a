/**
 * The message network as a pure machine: messages go in with a time, arrivals come out in order of their due
 * times. No clock, no timer, no I/O, so that virtual time can drive it as well as real time.
 *
 * The fate of a message is drawn from a stream addressed by (seed, sender, receiver, number of the message
 * between those two), never by global draw order: whatever else happens, the same message meets the same fate.
 */
import type { Endpoint, LinkCounters } from '../../contracts.ts';
import { silentLink } from '../../link-data.ts';
import type { Rng, Seed } from '../../random.ts';
import { drawDelaysNs } from '../delay.ts';
import { isFull, type LinkRules, type LinkState } from '../link-rules.ts';
import { DueHeap } from './heap.ts';

/** One party on the network: its name addresses fates, its endpoint finds the link rules. */
export interface Party {
  name: string;
  endpoint: Endpoint;
}

/** What became of a message at the end of its way. */
export type Fate = 'delivered' | 'cut' | 'cut-in-flight' | 'lost';

/** A message at the end of its way. */
export interface Arrival<M> {
  message: M;
  from: Party;
  to: Party;
  fate: Fate;
  sentNs: number;
  dueNs: number;
  /** The second copy of a duplicated message. */
  copy: boolean;
  tampered: boolean;
}

/** What the core needs to know about messages. */
export interface NetOptions<M> {
  seed: Seed;
  rules: LinkRules;
  /** A changed message, or null when there is nothing to change. */
  tamper(message: M, rng: Rng): M | null;
  /** Called for messages that end at once, when they are sent: cut or lost. */
  ended(arrival: Arrival<M>): void;
}

/** How far behind a reordered message or a second copy may fall, beyond the delay of its link. */
const SPAN_NS = 20_000_000;

interface Link {
  counters: LinkCounters;
  /** When the link has finished sending what it was given, under a rate limit. */
  freeAtNs: number;
}

interface Pair {
  link: Link;
  seed: Seed;
  /** Messages sent so far. */
  count: number;
  /** Messages of a pair arrive in order unless reordered: none is due before this. */
  floorNs: number;
  /** Highest number that has arrived. */
  highest: number;
}

interface Scheduled<M> extends Arrival<M> {
  pair: Pair;
  number: number;
  bytes: number;
  quiet: boolean;
  /** Wait beyond the sending itself: delay, and what reordering or copying adds. */
  lagNs: number;
  /** Arrives in the order of its pair. */
  ordered: boolean;
}

/** Links, fates and the queue of messages under way. */
export class NetCore<M> {
  readonly #options: NetOptions<M>;
  readonly #links = new Map<Endpoint, Map<Endpoint, Link>>();
  readonly #pairs = new Map<string, Map<string, Pair>>();
  readonly #later = new DueHeap<Scheduled<M>>();
  /** Messages due when they were sent, already in order. */
  #express: Scheduled<M>[] = [];
  /** A message under way may have been queued by a rate limit. */
  #limited = false;

  constructor(options: NetOptions<M>) {
    this.#options = options;
  }

  /** When the next arrival is due; Infinity when nothing is under way. */
  get nextDueNs(): number {
    return this.#express[0]?.dueNs ?? this.#later.nextDue;
  }

  /**
   * Takes a message at `nowNs`; its arrival will come out of `due`, unless it was cut or lost on the spot.
   * A quiet message (a probe) is subject to all rules and counted nowhere. `nowNs` never decreases.
   */
  send(nowNs: number, from: Party, to: Party, bytes: number, message: M, quiet = false): void {
    const state = this.#options.rules.state(from.endpoint, to.endpoint);
    const pair = this.#pair(from, to);
    const { counters } = pair.link;
    const number = pair.count++;
    if (!quiet) {
      counters.sent++;
      counters.bytes += bytes;
    }
    const arrival: Scheduled<M> = {
      message,
      from,
      to,
      fate: 'delivered',
      sentNs: nowNs,
      dueNs: nowNs,
      copy: false,
      tampered: false,
      pair,
      number,
      bytes,
      quiet,
      lagNs: 0,
      ordered: true,
    };
    if (state.cut) this.#drop(arrival, 'cut');
    else if (isCalm(state)) this.#enqueue(nowNs, nowNs, arrival);
    else this.#roll(nowNs, arrival, state);
  }

  /** Everything due by `nowNs`, in order. Cuts are checked here again: a partition stops what is under way. */
  due(nowNs: number): Arrival<M>[] {
    if (this.#later.nextDue > nowNs && this.#express.length === 0) return [];
    const express = this.#express;
    this.#express = [];
    const arrivals: Arrival<M>[] = [];
    let taken = 0;
    for (;;) {
      const head = express[taken];
      if (this.#later.nextDue <= (head?.dueNs ?? nowNs)) arrivals.push(this.#arrive(this.#later.pop()!));
      else if (head === undefined) return arrivals;
      else {
        taken++;
        arrivals.push(this.#arrive(head));
      }
    }
  }

  /**
   * Tells that rules have changed: what a rate limit has queued leaves by the new rate, or at once when the
   * limit is gone. Delays already drawn stay. O(n log n) in the messages under way, if any was ever limited.
   */
  rulesChanged(nowNs: number): void {
    if (!this.#limited) return;
    this.#limited = false;
    const waiting: Scheduled<M>[] = [];
    for (let next = this.#later.pop(); next !== undefined; next = this.#later.pop()) waiting.push(next);
    for (const { pair } of waiting) {
      pair.floorNs = 0;
      pair.link.freeAtNs = 0;
    }
    for (const arrival of waiting) {
      const { from, to, sentNs, copy } = arrival;
      const state = this.#options.rules.state(from.endpoint, to.endpoint);
      const unlimited = copy || state.rate === Number.POSITIVE_INFINITY;
      this.#enqueue(nowNs, unlimited ? sentNs : this.#leave(nowNs, arrival, state), arrival);
    }
  }

  /** Takes back the count of a delivery that its receiver could not accept. */
  undelivered(arrival: Arrival<M>): void {
    this.#pair(arrival.from, arrival.to).link.counters.delivered--;
  }

  /** Counters of every link that carried a message, and of those asked for by `touch`. */
  counters(): LinkCounters[] {
    return [...this.#links.values()].flatMap((row) =>
      [...row.values()].map((link) => ({ ...link.counters })),
    );
  }

  /** Makes a link exist in `counters` before its first message. */
  touch(from: Endpoint, to: Endpoint): void {
    this.#link(from, to);
  }

  #roll(nowNs: number, arrival: Scheduled<M>, state: LinkState): void {
    const { pair } = arrival;
    const { counters } = pair.link;
    const seed = pair.seed.fork(arrival.number);
    const rng = seed.rng();
    // All draws are made whatever the rules, so that one rule does not shift the fates under another.
    const lost = rng.chance(state.loss);
    const duplicated = rng.chance(state.duplicate);
    const reordered = rng.chance(state.reorder);
    const tampered = rng.chance(state.tamper);
    const [lag, copyLag] = [rng.float(), rng.float()];
    if (lost || isFull(state, pair.link.freeAtNs, nowNs)) {
      this.#drop(arrival, 'lost');
      return;
    }
    if (tampered) {
      const changed = this.#options.tamper(arrival.message, seed.fork('tamper').rng());
      if (changed !== null) {
        arrival.message = changed;
        arrival.tampered = true;
        if (!arrival.quiet) counters.tampered++;
      }
    }
    const leaves = this.#leave(nowNs, arrival, state);
    const delayNs = drawDelaysNs(state.delays, seed);
    const baseNs = drawDelaysNs(state.base, seed);
    arrival.lagNs = baseNs + delayNs;
    if (state.overtake) arrival.ordered = false;
    if ((leaves > nowNs || delayNs > 0) && !arrival.quiet) counters.delayed++;
    if (duplicated) {
      const copyNs = baseNs + drawDelaysNs(state.delays, seed.fork('copy')) + Math.ceil(copyLag * SPAN_NS);
      this.#enqueue(nowNs, leaves, { ...arrival, copy: true, ordered: false, lagNs: copyNs });
      if (!arrival.quiet) counters.duplicated++;
    }
    if (reordered) {
      arrival.ordered = false;
      arrival.lagNs += Math.ceil(lag * (SPAN_NS + 2 * delayNs));
    }
    this.#enqueue(nowNs, leaves, arrival);
  }

  /** When a message has left its sender: at once, or when a limited link has sent what was before it. */
  #leave(nowNs: number, { pair, bytes }: Scheduled<M>, { rate }: LinkState): number {
    if (rate === Number.POSITIVE_INFINITY) return nowNs;
    this.#limited = true;
    pair.link.freeAtNs = Math.max(nowNs, pair.link.freeAtNs) + Math.round((bytes / rate) * 1e9);
    return pair.link.freeAtNs;
  }

  #enqueue(nowNs: number, leavesNs: number, arrival: Scheduled<M>): void {
    const { pair, lagNs, ordered } = arrival;
    arrival.dueNs = Math.max(nowNs, leavesNs + lagNs, ordered ? pair.floorNs : 0);
    if (ordered) pair.floorNs = arrival.dueNs;
    if (arrival.dueNs <= nowNs) this.#express.push(arrival);
    else this.#later.push(arrival.dueNs, arrival);
  }

  #drop(arrival: Scheduled<M>, fate: 'cut' | 'lost'): void {
    arrival.fate = fate;
    if (!arrival.quiet) arrival.pair.link.counters.dropped++;
    this.#options.ended(arrival);
  }

  #arrive(arrival: Scheduled<M>): Arrival<M> {
    const { pair, from, to, quiet } = arrival;
    const { counters } = pair.link;
    if (this.#options.rules.state(from.endpoint, to.endpoint).cut) {
      arrival.fate = 'cut-in-flight';
      if (!quiet) counters.dropped++;
      return arrival;
    }
    if (quiet) return arrival;
    counters.delivered++;
    counters.travelNs += arrival.dueNs - arrival.sentNs;
    // Counted when it is true: a message held back with nothing behind it was not reordered.
    if (!arrival.copy && arrival.number < pair.highest) counters.reordered++;
    if (arrival.number > pair.highest) pair.highest = arrival.number;
    return arrival;
  }

  #pair(from: Party, to: Party): Pair {
    let row = this.#pairs.get(from.name);
    if (row === undefined) this.#pairs.set(from.name, (row = new Map()));
    let pair = row.get(to.name);
    if (pair === undefined) {
      pair = {
        link: this.#link(from.endpoint, to.endpoint),
        seed: this.#options.seed.fork('link', from.name, to.name),
        count: 0,
        floorNs: 0,
        highest: -1,
      };
      row.set(to.name, pair);
    }
    return pair;
  }

  #link(from: Endpoint, to: Endpoint): Link {
    let row = this.#links.get(from);
    if (row === undefined) this.#links.set(from, (row = new Map()));
    let link = row.get(to);
    if (link === undefined) {
      row.set(to, (link = { counters: silentLink(from, to), freeAtNs: 0 }));
    }
    return link;
  }
}

/** True when the rules of a link touch no message. */
function isCalm(state: LinkState): boolean {
  return (
    state.delays.length === 0 &&
    state.base.length === 0 &&
    state.loss === 0 &&
    state.duplicate === 0 &&
    state.reorder === 0 &&
    state.tamper === 0 &&
    state.rate === Number.POSITIVE_INFINITY
  );
}
