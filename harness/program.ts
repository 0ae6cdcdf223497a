/**
 * What a node program may do, and nothing else: react to a message or a timer, send, read its clock, draw,
 * write durably. No other input or output, so one program runs unchanged over stdio, over TCP and in the
 * simulator, and does the same whenever its inputs are the same.
 */
import type { Json } from './op.ts';

/** Body of a message. `msg_id` and `in_reply_to` pair replies with requests, as in the Maelstrom protocol. */
export type Body = { type: string; [field: string]: Json };

/** A message as it travels: one line of JSON. */
export interface Envelope {
  src: string;
  dest: string;
  body: Body;
}

/** A request that waits for its reply: who asked, and what. */
export interface Request {
  readonly from: string;
  readonly body: Body;
}

/** An append-only sequence on disk whose tail may be cut off. */
export interface DurableLog {
  readonly length: number;
  /** Item at a position from 0; throws RangeError outside the log. */
  get(position: number): Json;
  append(items: readonly Json[]): void;
  /** Keeps the first `length` items; longer than the log is a RangeError. */
  truncate(length: number): void;
}

/**
 * Durable storage of one node. A write is seen by reads at once, and it is fsynced before any message sent
 * after it leaves the node: whoever hears of a write can rely on it. Writes of one event share one fsync.
 */
export interface Storage {
  /** Value last written under this name, or undefined. */
  read(name: string): Json | undefined;
  write(name: string, value: Json): void;
  /** The log of this name, empty at first. */
  log(name: string): DurableLog;
}

/** What a program gets to hold of its node. */
export interface NodeHandle {
  readonly id: string;
  /** The other nodes, in a fixed order; never this node. */
  readonly peers: readonly string[];
  readonly storage: Storage;
  /** Sends to a node or a client. May be lost, late or repeated: the network promises nothing. */
  send(to: string, body: Body): void;
  /** Answers a request; `in_reply_to` is filled in. */
  reply(request: Request, body: Body): void;
  /** Answers with a Maelstrom error: codes 1, 10-12, 14, 20-22 and 30 are definite, all others are not. */
  fail(request: Request, code: number, text: string, more?: Record<string, Json>): void;
  /** Fires `onTimer(name)` once after `ms` of monotonic time; setting it again replaces it. */
  setTimer(name: string, ms: number): void;
  clearTimer(name: string): void;
  /** The node's wall clock in milliseconds since the epoch: it may jump, drift or run backwards. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** One line for the node's log. */
  note(text: string): void;
  /**
   * Reports that something which should sometimes happen has: a place that was reached, a condition that held. A
   * search counts these, says which were never reached, and hurts nodes at such moments. Costs next to nothing.
   */
  sometimes(name: string, holds?: boolean): void;
}

/** A running program. Handlers run one at a time and never wait. */
export interface Program {
  /** Called once, before anything else; storage holds what an earlier life of this node wrote. */
  init(node: NodeHandle): void;
  onMessage(from: string, body: Body): void;
  onTimer(name: string): void;
}
