/**
 * Sets while a run goes: elements that nobody has added, that only failed adds could have brought, that come twice
 * in one read, and, where reads must have everything acknowledged before them, elements that are missing. That an
 * element is lost for good is known only after the last read, when the full check says so.
 */
import type { Json, Op } from '../../harness/op.ts';
import type { Watch } from './contract.ts';

interface Member {
  /** Adds that may have happened, open ones included. */
  possible: number;
  /** Known to be in the set since: an add or a read that has it was answered. */
  known: boolean;
  seen: boolean;
}

interface OpenCall {
  /** What it adds; null: it reads. */
  member: Member | null;
  name: Json;
  /** How many members were known when this read was invoked: they must all be in it. */
  knownBefore: number;
}

/** Watches one set. */
export class SetWatch implements Watch {
  readonly #linearizable: boolean;
  readonly #members = new Map<Json, Member>();
  /** Elements in the order in which they became known. */
  readonly #known: Json[] = [];
  readonly #open = new Map<number, OpenCall>();
  #reads = 0;
  /** What the latest read had. */
  #latest = new Set<Json>();

  /** `linearizable`: reads must have every element known to be there when they were invoked. */
  constructor(linearizable: boolean) {
    this.#linearizable = linearizable;
  }

  take(op: Op): boolean {
    if (typeof op.process !== 'number') return false;
    if (op.type === 'invoke') {
      if (op.f === 'add') this.#add(op, op.process);
      if (op.f === 'read') {
        this.#open.set(op.process, { member: null, name: null, knownBefore: this.#known.length });
      }
      return false;
    }
    const call = this.#open.get(op.process);
    if (call === undefined) return false;
    this.#open.delete(op.process);
    if (call.member === null)
      return op.type === 'ok' && Array.isArray(op.value) && this.#read(op.value, call);
    if (op.type === 'ok') this.#learn(call.name, call.member);
    if (op.type !== 'fail') return false;
    call.member.possible--;
    return call.member.seen && call.member.possible === 0;
  }

  /** Something known is missing from the latest read: the full check knows whether it is lost. */
  end(): boolean {
    return this.#reads > 0 && this.#known.some((name) => !this.#latest.has(name));
  }

  stats(): Record<string, Json> {
    return { elements: this.#members.size, known: this.#known.length, reads: this.#reads };
  }

  #add(op: Op, process: number): void {
    const name = nameOf(op.value);
    const member = this.#members.get(name) ?? { possible: 0, known: false, seen: false };
    member.possible++;
    this.#members.set(name, member);
    this.#open.set(process, { member, name, knownBefore: 0 });
  }

  #read(list: readonly Json[], call: OpenCall): boolean {
    this.#reads++;
    let wrong = false;
    const present = new Set<Json>();
    for (const value of list) {
      const name = nameOf(value);
      if (present.has(name)) wrong = true;
      present.add(name);
      const member = this.#members.get(name);
      if (member === undefined) {
        wrong = true;
        continue;
      }
      if (member.possible === 0) wrong = true;
      member.seen = true;
      this.#learn(name, member);
    }
    this.#latest = present;
    if (!this.#linearizable) return wrong;
    for (let i = 0; i < call.knownBefore && !wrong; i++) {
      const member = this.#members.get(this.#known[i]!)!;
      // One that only failed adds brought is another matter.
      if (member.possible > 0 && !present.has(this.#known[i]!)) wrong = true;
    }
    return wrong;
  }

  #learn(name: Json, member: Member): void {
    if (member.known) return;
    member.known = true;
    this.#known.push(name);
  }
}

/** A value as a key of a map. */
function nameOf(value: Json): Json {
  return typeof value === 'object' && value !== null ? `\u0000${JSON.stringify(value)}` : value;
}
