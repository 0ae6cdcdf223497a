/**
 * The network of the simulator: who can send to whom, what links do to messages, and how long messages take.
 * The fate of a message is keyed by (seed, sender, receiver, type, how many of that type went before), so that
 * one message more in one place changes nothing in another. The rules of faults are the same as on `stdio`.
 */
import { drawDelayMs } from '../cluster/delay.ts';
import { isFull, type LayeredDelay, LinkRules, type LinkState, linkKey } from '../cluster/link-rules.ts';
import { tamperBody } from '../cluster/stdio/tamper.ts';
import type { Endpoint, LinkCounters } from '../contracts.ts';
import { silentLink } from '../link-data.ts';
import type { Body } from '../program.ts';
import { Seed } from '../random.ts';
import { TapLayers } from '../taps/tap-layers.ts';
import { hashText, KeyedDraws, mix } from './draws.ts';
import { Flight, type PartyOf } from './flight.ts';
import { type EventHeap, MESSAGE } from './heap.ts';
import { type Isolation, isolate } from './isolation.ts';
import type { Latency, NetworkProfile } from './profiles.ts';

/** How a message ended, as in the message journal. */
export type SimFate = 'delivered' | 'cut' | 'cut-in-flight' | 'lost' | 'down';

/** Hears of every message at the end of its way; `endOrder` counts sends and ends in one sequence. */
export type FateListener = (
  fate: SimFate,
  link: Link,
  flight: Flight,
  copy: boolean,
  endOrder: number,
) => void;

/** A sender or receiver: a node, or one client. */
export type Party = PartyOf<Link>;

/** One direction between two parties. */
export class Link {
  readonly from: Party;
  readonly to: Party;
  readonly key: number;
  /** Name of the link between its endpoints, as rules know it. */
  readonly name: string;
  readonly minNs: number;
  readonly meanNs: number;
  readonly between: boolean;
  state: LinkState;
  calm: boolean;
  readonly counters: LinkCounters;
  /** Messages sent so far, by type. */
  readonly counts: number[] = [];
  floorNs = 0;
  freeAtNs = 0;
  sent = 0;
  highest = -1;
  /** Messages with a lower number are void: the connection they were on was reset. */
  voidBelow = 0;

  constructor(from: Party, to: Party, latency: Latency, state: LinkState, counters: LinkCounters) {
    this.from = from;
    this.to = to;
    this.name = linkKey(from.endpoint, to.endpoint);
    this.key = mix(Math.imul(from.hash, 0x9e3779b1) ^ to.hash);
    this.minNs = latency.minMs * 1e6;
    this.meanNs = latency.meanMs * 1e6;
    this.between = from.endpoint !== 'clients' && to.endpoint !== 'clients';
    this.counters = counters;
    this.state = state;
    this.calm = isCalm(state);
  }
}

/** Latency where nothing is said: a busy local network, ms. */
export const DEFAULT_LATENCY: Latency = { minMs: 0.3, meanMs: 0.7 };
/** How far behind a reordered message or a second copy may fall, beyond the delay of its link. */
const SPAN_NS = 20_000_000;

/** Salts of the draws of one message. */
const LATENCY_SALT = 0x2545f491;
const RULE_SALT = 0x1b873593;
const COPY_SALT = 0x6b43a9b5;

/** What the network needs of the world around it. */
export interface NetworkParts {
  seedKey: number;
  nodes: readonly string[];
  profile: NetworkProfile;
  isolation: Isolation;
  heap: EventHeap;
  /** Life of a node now: a message does not outlive the process it was meant for. */
  lifeOf(party: number): number;
}

/** All links of one world. */
export class SimNetwork {
  readonly parties: Party[] = [];
  readonly rules: LinkRules;
  /** Changing it re-rolls the fates of all messages sent from then on. */
  seedKey: number;
  /** Messages sent and delivered so far. */
  sent = 0;
  delivered = 0;
  /** Hears of the end of every message; costs a size computation for each. */
  listener: FateListener | null = null;
  /** Where faults see whole messages before they leave. */
  readonly taps = new TapLayers();
  /** Messages that a tap swallowed, changed, or added something to. */
  tapped = 0;
  readonly #parts: NetworkParts;
  readonly #byName = new Map<string, Party>();
  readonly #links: Link[] = [];
  readonly #counters = new Map<string, LinkCounters>();
  readonly #types = new Map<string, { id: number; hash: number }>();
  readonly #draws = new KeyedDraws();
  #order = 0;
  /** What became of the message rolled last: out of order, and its body when that was changed. */
  #reordered = false;
  #tampered: Body | Flight | null = null;
  readonly #loss: number;
  readonly #duplicate: number;
  readonly #ordered: boolean;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
    this.seedKey = parts.seedKey;
    this.#loss = parts.profile.loss ?? 0;
    this.#duplicate = parts.profile.duplicate ?? 0;
    this.#ordered = parts.profile.ordered ?? false;
    this.rules = new LinkRules([...parts.nodes, 'clients'], () => this.#rulesChanged());
    for (const node of parts.nodes) this.#join(node, node);
    for (const from of parts.nodes) {
      this.#countersOf('clients', from);
      this.#countersOf(from, 'clients');
      for (const to of parts.nodes) if (to !== from) this.#countersOf(from, to);
    }
  }

  /** The party of that name; undefined when there is none. */
  party(name: string): Party | undefined {
    return this.#byName.get(name);
  }

  /** The client of that name, made when it is new. */
  client(name: string, receive: (body: Body, from: Party) => void): Party {
    const party = this.#byName.get(name) ?? this.#join(name, 'clients');
    party.receive = receive;
    return party;
  }

  /** Counters of every directed link between endpoints. */
  counters(): LinkCounters[] {
    return [...this.#counters.values()].map((counters) => ({ ...counters }));
  }

  /** True when the directed link is cut now. */
  isCut(from: Endpoint, to: Endpoint): boolean {
    return this.rules.state(from, to).cut;
  }

  /** The link between two parties. */
  link(from: Party, to: Party): Link {
    return from.out[to.index] ?? this.#open(from, to);
  }

  /**
   * Breaks the connections of these links: what is under way is lost. Returns how many were open: a link has a
   * connection from its first message on, and a new one from the next.
   */
  reset(links: readonly { from: Endpoint; to: Endpoint }[]): number {
    const wanted = new Set(links.map(({ from, to }) => `${from}>${to}`));
    let broken = 0;
    for (const link of this.#links) {
      if (link.sent === link.voidBelow || !wanted.has(link.name)) continue;
      link.voidBelow = link.sent;
      link.counters.resets++;
      broken++;
    }
    return broken;
  }

  /** Sends a message now. It may be lost, late, or arrive twice; what a tap makes of it is sent in its place. */
  send(from: Party, to: Party, body: Body, nowNs: number): void {
    if (this.taps.empty || !this.taps.on(from.endpoint, to.endpoint)) {
      this.#send(from, to, body, nowNs, false);
      return;
    }
    const passed = this.taps.pass(from.endpoint, to.endpoint, body, nowNs);
    if (passed.length !== 1 || passed[0] !== body) this.tapped++;
    for (const each of passed) this.#send(from, to, each, nowNs, each !== body);
  }

  #send(from: Party, to: Party, body: Body, nowNs: number, made: boolean): void {
    const link = from.out[to.index] ?? this.#open(from, to);
    const { counters, counts } = link;
    const type = this.#type(body.type);
    const nth = counts[type.id] ?? 0;
    counts[type.id] = nth + 1;
    counters.sent++;
    this.sent++;
    const number = link.sent++;
    const sealed = isolate(body, this.#parts.isolation);
    let value: Body | Flight = sealed;
    if (this.listener !== null) {
      const bytes = JSON.stringify(body).length;
      counters.bytes += bytes;
      value = new Flight(sealed, nowNs, this.#order++, bytes, false, made);
    }
    if (link.state.cut) {
      this.#drop('cut', link, value);
      return;
    }
    const key = mix(
      this.seedKey ^ mix(link.key ^ Math.imul(type.hash, 0x27d4eb2f) ^ Math.imul(nth + 1, 0x85ebca77)),
    );
    const draws = this.#draws;
    draws.start(key ^ LATENCY_SALT);
    let lagNs = Math.round(link.minNs + draws.exponential(link.meanNs));
    if (link.between) {
      if (this.#loss > 0 && draws.float() < this.#loss) {
        this.#drop('lost', link, value);
        return;
      }
      if (this.#duplicate > 0 && draws.float() < this.#duplicate) {
        this.#copy(link, value, nowNs, number, Math.round(draws.float() * SPAN_NS));
      }
    }
    let ordered = this.#ordered;
    if (!link.calm) {
      const rolled = this.#roll(link, value, key, nowNs, number);
      if (rolled < 0) return;
      if (this.#reordered) ordered = false;
      if (this.#tampered !== null) value = this.#tampered;
      lagNs += rolled;
    }
    let atNs = nowNs + lagNs;
    if (ordered) {
      if (atNs < link.floorNs) atNs = link.floorNs;
      link.floorNs = atNs;
    }
    counters.travelNs += atNs - nowNs;
    this.#push(atNs, link, value, number);
  }

  /** A message has arrived at the end of its link: its body when it is to be delivered. */
  arrive(link: Link, value: Body | Flight, number: number, up: boolean): Body | undefined {
    const { counters } = link;
    // Second copies carry the complement of their number.
    const original = number >= 0;
    const torn = (original ? number : ~number) < link.voidBelow;
    const fate = link.state.cut ? 'cut-in-flight' : torn ? 'lost' : up ? 'delivered' : 'down';
    if (fate === 'cut-in-flight' || fate === 'lost') counters.dropped++;
    else if (fate === 'delivered') {
      this.delivered++;
      counters.delivered++;
      // Only originals can have been reordered.
      if (number > link.highest) link.highest = number;
      else if (original) counters.reordered++;
    }
    if (value instanceof Flight) {
      this.listener?.(fate, link, value, !original, this.#order++);
      return fate === 'delivered' ? value.body : undefined;
    }
    return fate === 'delivered' ? value : undefined;
  }

  #drop(fate: 'cut' | 'lost', link: Link, value: Body | Flight): void {
    link.counters.dropped++;
    if (value instanceof Flight) this.listener?.(fate, link, value, false, this.#order++);
  }

  /** What faults do to a message: how much later it arrives, or -1 when it does not. */
  #roll(link: Link, value: Body | Flight, key: number, nowNs: number, number: number): number {
    const { state, counters } = link;
    const draws = this.#draws;
    draws.start(key ^ RULE_SALT);
    // All draws are made whatever the rules, so that one rule does not shift the fates under another.
    const [lost, duplicated, moved] = [draws.float(), draws.float(), draws.float()];
    const [lag, copyLag, changed] = [draws.float(), draws.float(), draws.float()];
    this.#reordered = moved < state.reorder;
    this.#tampered = null;
    if (lost < state.loss || isFull(state, link.freeAtNs, nowNs)) {
      this.#drop('lost', link, value);
      return -1;
    }
    if (changed < state.tamper) this.#tamper(value, key, counters);
    let lagNs = 0;
    if (state.rate !== Number.POSITIVE_INFINITY) {
      const bytes = value instanceof Flight ? value.bytes : JSON.stringify(value).length;
      link.freeAtNs = Math.max(nowNs, link.freeAtNs) + Math.round((bytes / state.rate) * 1e9);
      lagNs = link.freeAtNs - nowNs;
    }
    const delayNs = this.#delay(state.delays, key);
    const baseNs = this.#delay(state.base, key);
    lagNs += delayNs;
    if (lagNs > 0) counters.delayed++;
    if (duplicated < state.duplicate) {
      const late = baseNs + this.#delay(state.delays, key ^ COPY_SALT) + Math.ceil(copyLag * SPAN_NS);
      this.#copy(link, this.#tampered ?? value, nowNs, number, late);
    }
    if (this.#reordered) lagNs += Math.ceil(lag * (SPAN_NS + 2 * delayNs));
    return lagNs + baseNs;
  }

  #tamper(value: Body | Flight, key: number, counters: LinkCounters): void {
    const body = value instanceof Flight ? value.body : value;
    const text = tamperBody(JSON.stringify(body), Seed.of(key >>> 0).rng());
    if (text === null) return;
    counters.tampered++;
    const changed = isolate(JSON.parse(text) as Body, this.#parts.isolation);
    this.#tampered =
      value instanceof Flight
        ? new Flight(changed, value.sentNs, value.order, value.bytes, true, value.made)
        : changed;
  }

  #delay(delays: readonly LayeredDelay[], key: number): number {
    let ms = 0;
    for (const delay of delays) {
      this.#draws.start(key ^ hashText(delay.fault));
      ms += drawDelayMs(delay, this.#draws);
    }
    return Math.round(ms * 1e6);
  }

  #copy(link: Link, value: Body | Flight, nowNs: number, number: number, lagNs: number): void {
    link.counters.duplicated++;
    this.#push(nowNs + Math.round(link.minNs) + lagNs, link, value, ~number);
  }

  #push(atNs: number, link: Link, value: Body | Flight, number: number): void {
    const to = link.to.index;
    this.#parts.heap.push(atNs, 0, MESSAGE, to, this.#parts.lifeOf(to), number, link, value);
  }

  #type(name: string): { id: number; hash: number } {
    let type = this.#types.get(name);
    if (type === undefined) this.#types.set(name, (type = { id: this.#types.size, hash: hashText(name) }));
    return type;
  }

  #join(name: string, endpoint: Endpoint): Party {
    const party: Party = { index: this.parties.length, name, endpoint, hash: hashText(name), out: [] };
    this.parties.push(party);
    this.#byName.set(name, party);
    return party;
  }

  #open(from: Party, to: Party): Link {
    const { latency = DEFAULT_LATENCY, links } = this.#parts.profile;
    const own = links?.[`${from.endpoint}>${to.endpoint}`] ?? latency;
    const state = this.rules.state(from.endpoint, to.endpoint);
    const link = new Link(from, to, own, state, this.#countersOf(from.endpoint, to.endpoint));
    from.out[to.index] = link;
    this.#links.push(link);
    return link;
  }

  #countersOf(from: Endpoint, to: Endpoint): LinkCounters {
    const name = `${from}>${to}`;
    let counters = this.#counters.get(name);
    if (counters === undefined) {
      counters = silentLink(from, to);
      this.#counters.set(name, counters);
    }
    return counters;
  }

  #rulesChanged(): void {
    for (const link of this.#links) {
      const state = this.rules.stateAt(link.name);
      if (state === link.state) continue;
      link.state = state;
      link.calm = isCalm(state);
      // What a lifted limit had queued leaves at once, as far as what is sent next is concerned.
      if (link.state.rate === Number.POSITIVE_INFINITY) link.freeAtNs = 0;
    }
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
