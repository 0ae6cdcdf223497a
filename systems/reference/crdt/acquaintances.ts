/**
 * What other nodes are known to have: each says with its states how far it has followed those that it was sent
 * (Almeida, Shoker and Baquero, "Delta state replicated data types", 2018). Nothing here is durable: a node that was
 * restarted, and whoever hears of that, begins from nothing again.
 */
import type { Json } from '../../../harness/op.ts';

/** What is told beside a state. */
export interface Progress {
  /** The life of the sender. */
  life: string;
  /** Where the sender's state ends. */
  upTo: number;
  /** What the sender has followed: of which life of the receiver, up to where. */
  seen: { life: string; upTo: number } | null;
}

interface Peer {
  life: string;
  /** It has what this node knew up to here. */
  has: number;
  /** What it said last of itself. */
  upTo: number;
}

/** All peers of one life of a node. */
export class Acquaintances {
  readonly #life: string;
  readonly #peers = new Map<string, Peer>();

  constructor(life: string) {
    this.#life = life;
  }

  /** Position up to which a peer has everything. */
  has(peer: string): number {
    return this.#peers.get(peer)?.has ?? 0;
  }

  /** To be sent to a peer with a state that ends at a position. */
  progress(peer: string, upTo: number): Progress {
    const known = this.#peers.get(peer);
    return {
      life: this.#life,
      upTo,
      seen: known === undefined ? null : { life: known.life, upTo: known.upTo },
    };
  }

  /** A peer's state was taken in. A late message moves nothing forward that is not so. */
  heard(peer: string, { life, upTo, seen }: Progress): void {
    let known = this.#peers.get(peer);
    if (known?.life !== life) this.#peers.set(peer, (known = { life, has: 0, upTo: 0 }));
    known.upTo = Math.max(known.upTo, upTo);
    if (seen?.life === this.#life) known.has = Math.max(known.has, seen.upTo);
  }
}

/** What a message told; null where it told nothing. */
export function progressIn(body: Readonly<Record<string, Json>>): Progress | null {
  return (body['progress'] as unknown as Progress | undefined) ?? null;
}
