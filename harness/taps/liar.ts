/**
 * Byzantine nodes: what they send is no longer what their program says. Lies hold together: what one value was
 * exchanged for stays so in every message, and wherever one is known, the other value is one that the node has
 * really sent elsewhere, so that each of the two stories could be true.
 */
import type { MessageTap, NodeId, TapSpec } from '../link-data.ts';
import type { Json } from '../op.ts';
import type { Body } from '../program.ts';
import { Seed } from '../random.ts';
import { changedBody, changedValue } from './changed-body.ts';
import { noCounts, PROTOCOL_FIELDS } from './tap.ts';

/** Values of a field that are kept for stories. */
const KEPT = 24;
/** Exchanges that are remembered. */
const REMEMBERED = 5_000;
/** Times a thing is kept back from those who are to be told another one, while no other is known. */
const BIDES = 3;
/** Share of messages in which also something else than the story is wrong. */
const SLIPS = 0.05;

/** What a node is made to do with a message. */
type Deed = 'truth' | 'lie' | 'silence';

/** The tap of Byzantine nodes. */
export class Liar implements MessageTap {
  readonly spec: TapSpec;
  readonly counts = noCounts();
  readonly #seed: Seed;
  /** By node and field: texts of values it sent, the latest last. */
  readonly #values = new Map<string, string[]>();
  /** By node, field and text: what is said instead. */
  readonly #exchanged = new Map<string, Json>();
  /** How often a value had to wait for another one. */
  readonly #asked = new Map<string, number>();
  /** Receivers in the order they were met: every other one is fooled. */
  readonly #met = new Map<NodeId, Map<string, number>>();

  constructor(spec: TapSpec) {
    this.spec = spec;
    this.#seed = Seed.of(spec.seed);
  }

  pass(from: string, to: string, body: Body): readonly Body[] {
    const number = this.counts.seen++;
    this.#learn(from, body);
    const deed = this.#deed(from, to, number);
    if (deed === 'truth') return [body];
    if (deed === 'silence') {
      this.counts.withheld++;
      return [];
    }
    if (this.spec.mode === 'equivocate' && this.#bides(from, body)) {
      this.counts.withheld++;
      return [];
    }
    const lie = this.#lie(from, body, number);
    if (lie === null) return [body];
    this.counts.changed++;
    return [lie];
  }

  #deed(from: string, to: string, number: number): Deed {
    switch (this.spec.mode) {
      case 'silent':
        return 'silence';
      case 'lie':
        return 'lie';
      case 'random': {
        const draw = this.#seed.fork('deed', number).rng().float();
        return draw < 0.25 ? 'silence' : draw < 0.6 ? 'lie' : 'truth';
      }
      default:
        return this.#fooled(from, to) ? 'lie' : 'truth';
    }
  }

  #fooled(from: string, to: string): boolean {
    let met = this.#met.get(from);
    if (met === undefined) this.#met.set(from, (met = new Map()));
    let place = met.get(to);
    if (place === undefined) met.set(to, (place = met.size));
    return place % 2 === 0;
  }

  /** True while there is no second story yet about something in the message: it is kept back a few times. */
  #bides(from: string, body: Body): boolean {
    let bides = false;
    for (const [name, value] of Object.entries(body)) {
      if (PROTOCOL_FIELDS.has(name) || typeof value !== 'object' || value === null) continue;
      const key = `${from} ${name}`;
      const text = JSON.stringify(value);
      const asked = this.#asked.get(`${key} ${text}`) ?? 0;
      if (asked >= BIDES || this.#exchanged.has(`${key} ${text}`) || this.#others(key, text).length > 0)
        continue;
      remember(this.#asked, `${key} ${text}`, asked + 1);
      bides = true;
    }
    return bides;
  }

  #learn(from: string, body: Body): void {
    for (const [name, value] of Object.entries(body)) {
      if (PROTOCOL_FIELDS.has(name) || !isStory(value)) continue;
      const key = `${from} ${name}`;
      const text = JSON.stringify(value);
      let known = this.#values.get(key);
      if (known === undefined) this.#values.set(key, (known = []));
      if (known.includes(text)) continue;
      known.push(text);
      if (known.length > KEPT) known.shift();
    }
  }

  /** The message as it is told; null when there is nothing in it to lie about. */
  #lie(from: string, body: Body, number: number): Body | null {
    const fields = Object.keys(body).filter((name) => !PROTOCOL_FIELDS.has(name) && isStory(body[name]!));
    const slip = this.#seed.fork('slip', number).rng();
    if (fields.length === 0 || slip.chance(SLIPS)) return changedBody(body, slip);
    const told: Body = { ...body };
    for (const name of fields) told[name] = this.#instead(`${from} ${name}`, body[name]!);
    return told;
  }

  /** What is said instead of a value: the same every time, and its exchange back. */
  #instead(key: string, value: Json): Json {
    const text = JSON.stringify(value);
    const before = this.#exchanged.get(`${key} ${text}`);
    if (before !== undefined) return before;
    const rng = this.#seed.fork('story', key, text).rng();
    const other = this.#others(key, text).at(-1);
    const instead = other === undefined ? changedValue(value, rng) : (JSON.parse(other) as Json);
    remember(this.#exchanged, `${key} ${text}`, instead);
    if (other !== undefined) remember(this.#exchanged, `${key} ${other}`, JSON.parse(text) as Json);
    return instead;
  }

  /** Values of the same kind that were said elsewhere and stand for nothing yet. */
  #others(key: string, text: string): string[] {
    return (this.#values.get(key) ?? []).filter(
      (each) => each !== text && each[0] === text[0] && !this.#exchanged.has(`${key} ${each}`),
    );
  }
}

/** Keeps an entry, and no more than so many. */
function remember<T>(entries: Map<string, T>, key: string, value: T): void {
  entries.set(key, value);
  if (entries.size > REMEMBERED) entries.delete(entries.keys().next().value!);
}

/** Words and things are what stories are about; numbers and switches tell who is where. */
function isStory(value: Json): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}
