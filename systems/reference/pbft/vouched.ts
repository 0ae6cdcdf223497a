/**
 * Statements that others vouch for, in place of signatures: what a node tells everybody is repeated by all who hear
 * it. What f + 1 nodes repeat was told by its author, for one of them is honest; what n - f repeat, all honest
 * nodes will come to believe.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle } from '../api.ts';
import { textOf } from '../canonical.ts';

/** A statement: who made it, under which name, what. */
export type Statement = { by: string; name: string; value: Json };

/** Statements as one node knows them. */
export class Vouched {
  readonly #node: NodeHandle;
  readonly #faults: number;
  /** By author, name and content: who repeated it, and what it is. */
  readonly #heard = new Map<string, { statement: Statement; voices: Set<string> }>();
  readonly #believed = new Map<string, Map<string, Statement>>();
  readonly #spread = new Map<string, Map<string, Statement>>();
  /** Told whenever a statement is believed or widely known for the first time. */
  onNews: () => void = () => {};

  constructor(node: NodeHandle, faults: number) {
    this.#node = node;
    this.#faults = faults;
  }

  /** Tells one node something; `tell` to all is a loop, so that a liar may vary it. */
  tell(to: string, name: string, value: Json): void {
    this.#node.send(to, { type: 'tell', name, value });
  }

  /** What this node says itself counts as heard from it. */
  own(name: string, value: Json): void {
    this.#count({ by: this.#node.id, name, value }, this.#node.id);
  }

  /** Takes a `tell` or a `repeat`. */
  onMessage(from: string, body: Body): void {
    const statement = { by: from, name: String(body['name']), value: body['value'] ?? null };
    if (body.type === 'repeat') {
      this.#count({ ...statement, by: String(body['by']) }, from);
      return;
    }
    for (const peer of this.#node.peers) this.#node.send(peer, { ...statement, type: 'repeat' });
    this.#count(statement, this.#node.id, from);
  }

  /** Was this told by its author, for sure? */
  believes(statement: Statement): boolean {
    return this.#voices(statement) > this.#faults;
  }

  /** Will every honest node believe it? */
  spread(statement: Statement): boolean {
    return this.#voices(statement) >= this.#node.peers.length + 1 - this.#faults;
  }

  /** Statements of a kind that are widely known, in the order they became so. */
  allSpread(kind: string): Statement[] {
    return [...(this.#spread.get(kind)?.values() ?? [])];
  }

  /** Statements of a kind that are believed. */
  allBelieved(kind: string): Statement[] {
    return [...(this.#believed.get(kind)?.values() ?? [])];
  }

  /** A statement need not be listed any more. */
  drop(statement: Statement): void {
    const key = textOf(statement as unknown as Json);
    for (const lists of [this.#spread, this.#believed]) lists.get(kindOf(statement))?.delete(key);
  }

  #voices(statement: Statement): number {
    return this.#heard.get(textOf(statement as unknown as Json))?.voices.size ?? 0;
  }

  #count(statement: Statement, ...voices: string[]): void {
    const key = textOf(statement as unknown as Json);
    let entry = this.#heard.get(key);
    if (entry === undefined) this.#heard.set(key, (entry = { statement, voices: new Set() }));
    for (const voice of voices) {
      if (entry.voices.has(voice)) continue;
      entry.voices.add(voice);
      const { size } = entry.voices;
      // Exactly when it gets there: a statement that was dropped does not come back.
      if (size === this.#faults + 1) list(this.#believed, key, statement);
      if (size === this.#node.peers.length + 1 - this.#faults) list(this.#spread, key, statement);
      if (size === this.#faults + 1 || size === this.#node.peers.length + 1 - this.#faults) this.onNews();
    }
  }
}

/** Statements are listed by the first word of their name. */
function kindOf({ name }: Statement): string {
  return name.slice(0, name.indexOf(' '));
}

function list(lists: Map<string, Map<string, Statement>>, key: string, statement: Statement): void {
  const kind = kindOf(statement);
  let of = lists.get(kind);
  if (of === undefined) lists.set(kind, (of = new Map()));
  of.set(key, statement);
}
