/**
 * What nodes tell observers about themselves: who leads, and what their replicated log holds; and what an
 * outsider must know to tell their elections. Types only.
 */
import type { Json } from './op.ts';

/** What an observer heard when it asked a node who leads. */
export interface LeaderObservation {
  /** The node says that it leads. */
  leading: boolean;
  /** Whom it follows, when it says so. */
  leader?: string | null;
  /** Term or view: any number that grows with every election, when the system has one. */
  term?: number | null;
  /**
   * The node's own count of how often it began to lead, where it keeps one: two equal counts without a restart
   * between are one tenure. It says nothing about other nodes.
   */
  epoch?: number | null;
}

/**
 * A stretch of a node's replicated log, read at one instant. Positions count from 1. Nodes that hold the same
 * entry give it the same term and value; a value may be a digest.
 */
export interface LogPage {
  /** Position of the first of `entries`, the one asked for or, where older ones are gone, a later one. */
  first: number;
  entries: readonly (readonly [term: number | null, value: Json])[];
  /** Position of the last entry the node holds, 0 for none. */
  last: number;
  /** The node knows every position up to here to be committed. */
  commit: number;
  /** A text that is equal for equal logs up to `first - 1`, null beyond the log. Without it, pages begin at 1. */
  before?: string | null;
  /** The same up to the last of `entries`. */
  after?: string;
  /** The node's own term at that instant, and whether it leads in it. */
  term?: number | null;
  leading?: boolean;
  /** The same as long as the node was not started anew: only then may `commit` not fall. */
  life?: string;
}

/** What nodes that decide together promise, and which of them are Byzantine on purpose. */
export interface ConsensusPromise {
  /** Nodes that lie by the settings of the run; what they decide does not count. */
  faulty: readonly string[];
  /** Whose proposals may be decided, as the checker `agreement` takes it. */
  validity: 'unanimous' | 'correct' | 'anyone' | 'none';
  /** Is an instance proposed to by one node, or by all of them at once? */
  proposers: 'one' | 'many';
}

/** What it takes to count the messages of an election from outside. */
export interface ElectionTraffic {
  /** Types of messages that belong to elections and to nothing else. */
  messages: readonly string[];
  /** Options under which a slow machine starts no election by itself. */
  calm?: Readonly<Record<string, Json>>;
  /** With these options, nothing more comes of an election when all agreed for so long; default 600 ms. */
  quietMs?: number;
}
