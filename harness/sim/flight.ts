/**
 * Who sends and receives on the simulated network, and a message on its way between them.
 */
import type { Endpoint } from '../contracts.ts';
import type { Body } from '../program.ts';

/** A sender or receiver, with its links of type `L`. */
export interface PartyOf<L> {
  readonly index: number;
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly hash: number;
  /** Links to others, by their index. */
  readonly out: (L | undefined)[];
  /** Takes what arrives for a client; nodes are delivered to by the world. */
  receive?: (body: Body, from: PartyOf<L>) => void;
}

/** A message under way with what its listener wants to know at the end. */
export class Flight {
  readonly body: Body;
  readonly sentNs: number;
  readonly order: number;
  readonly bytes: number;
  readonly tampered: boolean;
  /** Made or changed by a tap. */
  readonly made: boolean;

  constructor(body: Body, sentNs: number, order: number, bytes: number, tampered = false, made = false) {
    this.body = body;
    this.sentNs = sentNs;
    this.order = order;
    this.bytes = bytes;
    this.tampered = tampered;
    this.made = made;
  }
}
