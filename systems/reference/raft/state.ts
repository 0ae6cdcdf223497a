/**
 * The state of one Raft node and the few transitions everything else is made of: saving term and vote, and
 * becoming a follower.
 */
import type { Body, NodeHandle, ProgramConfig } from '../api.ts';
import { Lease } from './lease.ts';
import { RaftLog } from './log.ts';
import type { Entry, RaftMessage } from './messages.ts';

/** What a node is in its term. */
export type Role = 'follower' | 'candidate' | 'leader';

/** What a leader knows of a peer. */
export interface Progress {
  /** Next position to send. */
  next: number;
  /** Last position known to be equal. */
  match: number;
  /** Latest round of contact the peer answered. */
  round: number;
  /** Answered since the last quorum check. */
  heard: boolean;
}

/** What the node does with consensus: applies entries, and drops waiting clients when leadership ends. */
export interface RaftEvents {
  /** Entry at `index` is committed; called once per index, in order. */
  applied(index: number, entry: Entry): void;
  /** This node began or ceased to lead. */
  leading(now: boolean): void;
}

/** All of a node's Raft state. Term, vote and log are durable, the rest is not. */
export class RaftState {
  readonly node: NodeHandle;
  readonly bugs: ReadonlySet<string>;
  readonly events: RaftEvents;
  readonly log: RaftLog;
  readonly quorum: number;
  readonly lease: Lease;
  readonly #config: ProgramConfig;

  role: Role = 'follower';
  term: number;
  votedFor: string | null;
  leader: string | null = null;
  /** Heard from a leader within the shortest election timeout: no reason to help a new candidate. */
  followsLiveLeader = false;
  commitIndex = 0;
  appliedIndex = 0;
  /** Who granted the pre-vote or vote under way, this node included. */
  votes = new Set<string>();
  /** Term a pre-vote under way asks about; 0 when none is. */
  preVoteTerm = 0;
  readonly progress = new Map<string, Progress>();
  /** Leader: once this position is committed, everything acknowledged by earlier leaders is known to be. */
  inheritedIndex = 0;
  /** Number of the leader's latest round of contact. */
  round = 0;

  constructor(node: NodeHandle, config: ProgramConfig, events: RaftEvents) {
    this.node = node;
    this.#config = config;
    this.bugs = config.bugs;
    this.events = events;
    this.log = new RaftLog(node.storage.log('raft'));
    this.lease = new Lease(this);
    this.quorum = Math.floor((node.peers.length + 1) / 2) + 1;
    const saved = node.storage.read('raft') as { term: number; votedFor: string | null } | undefined;
    this.term = saved?.term ?? 0;
    this.votedFor = saved?.votedFor ?? null;
  }

  /** How reads are proved: `log`, `index` or `lease`. */
  get readsBy(): string {
    return this.bugs.has('unsafe-lease') ? 'lease' : String(this.#config.settings['reads']);
  }

  /** Candidates ask first whether they could win. */
  get prevotes(): boolean {
    return this.#config.settings['prevote'] === true;
  }

  /** Leaders hold leases, and nodes keep them. */
  get leases(): boolean {
    return this.readsBy === 'lease';
  }

  setting(name: string): number {
    return this.#config.settings[name] as number;
  }

  send(to: string, message: RaftMessage): void {
    this.node.send(to, message as Body);
  }

  broadcast(message: RaftMessage): void {
    for (const peer of this.node.peers) this.send(peer, message);
  }

  /** Makes term and vote durable: a node that forgot them could vote again in a term it voted in. */
  save(): void {
    if (this.bugs.has('forget-vote')) return;
    this.node.storage.write('raft', { term: this.term, votedFor: this.votedFor });
  }

  /** Waits a random time for a leader or a vote before an election. */
  resetElectionTimer(): void {
    const shortest = this.setting('electionTimeoutMs');
    this.node.setTimer('election', shortest * (1 + this.node.random()));
  }

  /** Follows in `term`, the current or a later one; in a later one the vote is free again. */
  becomeFollower(term: number): void {
    if (term > this.term) {
      this.term = term;
      this.votedFor = null;
      this.leader = null;
      this.save();
    }
    const led = this.role === 'leader';
    this.role = 'follower';
    this.preVoteTerm = 0;
    if (!led) return;
    this.leader = null;
    this.node.clearTimer('heartbeat');
    this.node.clearTimer('quorum');
    this.resetElectionTimer();
    this.node.note(`no longer leads, term ${this.term}`);
    this.events.leading(false);
  }

  /**
   * After the log was cut below what was committed here. It cannot happen while every rule is kept; with a bug
   * switch on, the node goes on as if nothing had been, as the implementations that had these bugs did.
   */
  forgetLostCommits(): void {
    this.commitIndex = Math.min(this.commitIndex, this.log.lastIndex);
    this.appliedIndex = Math.min(this.appliedIndex, this.log.lastIndex);
  }

  /** Applies what is committed and not applied yet. */
  apply(): void {
    while (this.appliedIndex < this.commitIndex) {
      this.appliedIndex++;
      this.events.applied(this.appliedIndex, this.log.entry(this.appliedIndex));
    }
  }
}
