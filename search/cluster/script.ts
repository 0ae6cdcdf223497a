/**
 * The operations of a case as a generator for real clients: every client asks its own, in order, each at its time
 * or as soon after it as the one before it has ended. What a case leaves open is filled in from answers.
 */

import type { Context } from '../../harness/generator/context.ts';
import { fill } from '../../harness/generator/data.ts';
import { DONE, type GeneratorEvent, type Polled } from '../../harness/generator/generator.ts';
import { any, type Generator, type GeneratorLike } from '../../harness/generator/index.ts';
import type { CaseOp } from '../../harness/sim/case.ts';
import { BLANK, filledIn, learned, type Remembered } from '../../systems/client-memory.ts';

/** A generator of these operations; times count from `fromNs`. */
export function script(ops: readonly CaseOp[], fromNs = 0): GeneratorLike {
  const byClient = new Map<number, CaseOp[]>();
  for (const op of ops) {
    const own = byClient.get(op.client);
    if (own === undefined) byClient.set(op.client, [op]);
    else own.push(op);
  }
  const scripts = [...byClient].map(([client, own]) => {
    own.sort((a, b) => a.atNs - b.atNs);
    return new ClientScript(client, own, fromNs, 0, BLANK);
  });
  return any(...scripts);
}

/** What one client has still to ask, and what it remembers. */
class ClientScript implements Generator {
  readonly kind = 'script';
  readonly heeds = true;
  readonly #client: number;
  readonly #ops: readonly CaseOp[];
  readonly #fromNs: number;
  readonly #at: number;
  readonly #memory: Remembered;

  constructor(client: number, ops: readonly CaseOp[], fromNs: number, at: number, memory: Remembered) {
    this.#client = client;
    this.#ops = ops;
    this.#fromNs = fromNs;
    this.#at = at;
    this.#memory = memory;
  }

  op(context: Context): Polled {
    const planned = this.#ops[this.#at];
    if (planned === undefined) return DONE;
    const { op, memory } = filledIn(planned, this.#memory);
    const { f, key, value } = op;
    const dueNs = Math.max(0, planned.atNs - this.#fromNs);
    const next = new ClientScript(this.#client, this.#ops, this.#fromNs, this.#at + 1, memory);
    return fill(
      { f, ...(key === undefined ? {} : { key }), value, thread: this.#client },
      context.time >= dueNs ? context : context.at(dueNs),
      next,
    );
  }

  update(_: Context, { type, thread, f, key, value }: GeneratorEvent): Generator {
    if (thread !== this.#client || type === 'invoke' || type === 'fail') return this;
    // The process has ended, and with it what it knew.
    const ended = type === 'info';
    const memory = ended ? BLANK : learned(this.#memory, { f, ...(key === undefined ? {} : { key }) }, value);
    if (memory === this.#memory) return this;
    return new ClientScript(this.#client, this.#ops, this.#fromNs, this.#at, memory);
  }
}
