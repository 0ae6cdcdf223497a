/**
 * The state of one Raft node and the few transitions everything else is made of: saving term and vote, and
 * becoming a follower.
 */
import type { Body, NodeHandle, ProgramConfig } from '../api.ts';
import { Lease } from './lease.ts';
import { type Place, RaftLog } from './log.ts';
import { type Configuration, Members } from './members.ts';
import type { Entry, Item, RaftMessage } from './messages.ts';

/** What a node is in its term. */
export type Role = 'follower' | 'candidate' | 'leader';

/** The state machine as it was after a position of the log. Never changed once it was made. */
export type Snapshot = { index: number; term: number; config: Configuration; items: Item[] };

/** What a leader knows of a peer. */
export interface Progress {
  /** Its votes and copies count; others are on their way into the cluster, or out of it. */
  voter: boolean;
  /** The snapshot it is being sent, and the item to go on with. */
  install: { snapshot: Snapshot; offset: number } | null;
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
  /** A snapshot took the place of what was applied so far. */
  restored(items: readonly Item[]): void;
  /** Everything that is committed was applied, and that was something. */
  caughtUp(): void;
  /** This node began or ceased to lead. */
  leading(now: boolean): void;
}

/** All of a node's Raft state. Term, vote, log and snapshot are durable, the rest is not. */
export class RaftState {
  readonly node: NodeHandle;
  readonly bugs: ReadonlySet<string>;
  readonly events: RaftEvents;
  readonly log: RaftLog;
  readonly members: Members;
  readonly lease: Lease;
  readonly #config: ProgramConfig;
  readonly #reached: number[] = [];

  role: Role = 'follower';
  term: number;
  votedFor: string | null;
  leader: string | null = null;
  /** Heard from a leader within the shortest election timeout: no reason to help a new candidate. */
  followsLiveLeader = false;
  commitIndex = 0;
  appliedIndex = 0;
  /** The latest snapshot this node made or was sent; null for none yet. */
  snapshot: Snapshot | null = null;
  /** The snapshot that is being received. */
  incoming: { from: string; term: number; index: number; items: Item[] } | null = null;
  /** Who granted the pre-vote or vote under way, this node included if it is a voter. */
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
    const kept = node.storage.read('snapshot') as (Snapshot & Place) | undefined;
    this.log = new RaftLog(node.storage, kept ?? null);
    this.members = new Members(node, this.setting('spares'), this.bugs.has('apply-config-on-commit'));
    this.log.listen(this.members);
    this.lease = new Lease(this);
    if (kept !== undefined) {
      // The log never begins after the snapshot, except with the bug of not syncing it: then this node takes what
      // it has for what it should have.
      const { base, baseTerm } = kept;
      const { index, term } = kept.index >= base ? kept : { index: base, term: baseTerm };
      this.snapshot = { index, term, config: kept.config, items: kept.items };
      this.members.reset(kept.config);
      this.commitIndex = index;
      this.appliedIndex = index;
    }
    this.log.retell(this.commitIndex);
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

  /**
   * The greatest number that a quorum reached, of voters' positions or rounds; `own` is what this node reached.
   * O(voters^2) for a handful of voters.
   */
  reachedByQuorum(what: 'match' | 'round', own: number): number {
    // Its length stays: an array that is emptied lets go of its memory.
    const reached = this.#reached;
    let count = 0;
    if (this.members.selfVotes) reached[count++] = own;
    for (const peer of this.progress.values()) {
      if (!peer.voter) continue;
      const value = peer[what];
      let at = count++;
      while (at > 0 && reached[at - 1]! < value) {
        reached[at] = reached[at - 1]!;
        at--;
      }
      reached[at] = value;
    }
    const { quorum } = this.members;
    return quorum > count ? 0 : reached[quorum - 1]!;
  }

  /** Counts the vote of this node, if it has one. */
  ownVote(): Set<string> {
    return new Set(this.members.selfVotes || this.bugs.has('removed-node-votes') ? [this.node.id] : []);
  }

  /** Counts a vote or the promise of one. Those of nodes that are no members are worth nothing. */
  countVote(from: string): void {
    if (this.members.has(from) || this.bugs.has('removed-node-votes')) this.votes.add(from);
  }

  /** Enough nodes have voted. */
  get isElected(): boolean {
    return this.votes.size >= this.members.quorum;
  }

  /**
   * A node that was removed must not stand. As long as its removal may yet be undone it may have to: its log can
   * be the only one that is new enough (section 4.2.2 of the thesis).
   */
  get mayStand(): boolean {
    return this.members.selfVotes || this.members.index > this.commitIndex;
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

  /** The leader of `term`, the current or a later one, has sent something. */
  heardLeader(leader: string, term: number): void {
    this.becomeFollower(term);
    this.leader = leader;
    this.followsLiveLeader = true;
    this.resetElectionTimer();
    this.node.setTimer('leader-lives', this.setting('electionTimeoutMs'));
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
    this.node.sometimes('lost-the-lead');
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
    if (this.appliedIndex >= this.commitIndex) return;
    while (this.appliedIndex < this.commitIndex) {
      this.appliedIndex++;
      const entry = this.log.entry(this.appliedIndex);
      if (entry.command.type === 'config') this.members.committed(this.appliedIndex);
      this.events.applied(this.appliedIndex, entry);
    }
    this.events.caughtUp();
  }
}
