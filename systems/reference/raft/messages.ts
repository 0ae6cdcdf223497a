/**
 * What Raft nodes tell each other and keep in their logs. Names follow figure 2 of "In Search of an
 * Understandable Consensus Algorithm" (Ongaro and Ousterhout, 2014), with pre-votes of section 9.6 of
 * Ongaro's thesis.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body } from '../api.ts';

/** A command of the replicated state machine: the client's request, a new list of voters, or nothing at all. */
export type Command = Body;

/** One position of the log. Positions count from 1; position 0 stands for the empty log, with term 0. */
export type Entry = { term: number; command: Command };

/** Asks whether a vote in `term` would be granted; changes nothing at the receiver. */
export type PreVote = { type: 'prevote'; term: number; lastIndex: number; lastTerm: number };
/** `term` is the answering node's own, `asked` the one asked about. */
export type PreVoteReply = { type: 'prevote_ok'; term: number; asked: number; granted: boolean };
/** Asks for a vote. */
export type Vote = { type: 'vote'; term: number; lastIndex: number; lastTerm: number };
/** The answer to a request for a vote or a pre-vote. */
export type VoteReply = { type: 'vote_ok'; term: number; granted: boolean };
/** Entries after (prevIndex, prevTerm), or none as a heartbeat. `round` numbers the leader's rounds of contact. */
export type Append = {
  type: 'append';
  term: number;
  prevIndex: number;
  prevTerm: number;
  entries: Entry[];
  commit: number;
  round: number;
};
/** `match`: last position known equal to the leader's. `next`: where to try again after a refusal. */
export type AppendReply = {
  type: 'append_ok';
  term: number;
  success: boolean;
  match: number;
  next: number;
  round: number;
};

/** One thing the state machine holds: of what kind, under which name, and its value. */
export type Item = ['map' | 'set' | 'answered', string, Json];
/** A piece of the snapshot that ends at (index, lastTerm): the items from `offset` on; `done` with the last. */
export type Install = {
  type: 'install';
  term: number;
  index: number;
  lastTerm: number;
  /** The voters at `index`, and the position that made them so. */
  config: { index: number; voters: string[] };
  offset: number;
  items: Item[];
  done: boolean;
  round: number;
};
/** `offset`: where to go on; `done`: the receiver holds everything up to `index`. */
export type InstallReply = {
  type: 'install_ok';
  term: number;
  index: number;
  offset: number;
  done: boolean;
  round: number;
};

/** A message of the election or of replication. */
export type RaftMessage =
  | PreVote
  | PreVoteReply
  | Vote
  | VoteReply
  | Append
  | AppendReply
  | Install
  | InstallReply;

const TYPES = new Set([
  ...['prevote', 'prevote_ok', 'vote', 'vote_ok'],
  ...['append', 'append_ok', 'install', 'install_ok'],
]);

/** True for messages between Raft nodes that the consensus handles. */
export function isRaftMessage(body: Body): body is RaftMessage {
  return TYPES.has(body.type);
}
