/**
 * Raft (Ongaro and Ousterhout, 2014) as a program: leader election with pre-votes, log replication, check
 * quorum, linearizable reads, snapshots, changes of the members one at a time. Each bug switch takes out one rule
 * that implementations really got wrong.
 */
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind } from '../api.ts';
import { Clients } from './clients.ts';
import { onElectionTimer, onPreVote, onPreVoteReply, onVote, onVoteReply } from './election.ts';
import { Machine } from './machine.ts';
import { type Item, isRaftMessage, type RaftMessage } from './messages.ts';
import { onAppend, onAppendReply, onHeartbeatTimer, onInstallReply, onQuorumTimer } from './replication.ts';
import { compactIfDue, LATE_SNAPSHOT, onInstall, onLateSnapshot } from './snapshots.ts';
import { RaftState } from './state.ts';

/** The raft program. */
export const raft: ProgramKind = {
  name: 'raft',
  probes: ['became-leader', 'stood-for-election', 'lost-the-lead', 'took-a-snapshot'],
  settings: {
    electionTimeoutMs: {
      summary: 'shortest wait for a leader before an election; the longest is twice that',
      default: 200,
    },
    heartbeatMs: { summary: 'time between heartbeats of a leader', default: 50 },
    prevote: { summary: 'ask whether an election could be won before standing in one', default: true },
    reads: {
      summary:
        'how a leader proves reads: an entry in the log, an index that a quorum confirms, or a lease, which asks nobody and trusts clocks not to run backwards while it is paused',
      default: 'index',
      choices: ['log', 'index', 'lease'],
    },
    snapshotEvery: {
      summary:
        'entries applied between two snapshots at least; it takes more when the state is large; 0: none are made',
      default: 64,
    },
    snapshotKeep: { summary: 'entries that stay in the log before a snapshot', default: 8 },
    snapshotChunk: { summary: 'items of a snapshot in one message', default: 256 },
    spares: { summary: 'nodes, the last ones, that are no members until they are added', default: 0 },
  },
  bugs: [
    'forget-vote',
    'two-votes',
    'no-log-check',
    'commit-old-term',
    'ack-before-quorum',
    'stale-read',
    'unsafe-lease',
    'snapshot-without-sync',
    'snapshot-drops-sessions',
    'install-snapshot-keeps-conflicting-log',
    'two-changes-at-once',
    'apply-config-on-commit',
    'removed-node-votes',
  ],
  create: (config) => new RaftProgram(config),
};

/** One Raft node; `state` is open to tests that check the invariants of the algorithm. */
export class RaftProgram implements Program {
  readonly #config: ProgramConfig;
  readonly #machine = new Machine();
  #clients!: Clients;
  state!: RaftState;

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.state = new RaftState(node, this.#config, {
      applied: (index, entry) => {
        this.#clients.onApplied(index, entry, this.#machine.apply(entry.command));
        if (entry.command.type === 'config') this.#clients.changes.onApplied(index, entry);
      },
      restored: (items) => this.#machine.restore(items),
      caughtUp: () =>
        compactIfDue(this.state, () =>
          this.#machine.items(!this.#config.bugs.has('snapshot-drops-sessions')),
        ),
      leading: (now) => {
        if (!now) this.#clients.onLeadershipLost();
      },
    });
    if (this.state.snapshot !== null) this.#machine.restore(this.state.snapshot.items);
    this.#clients = new Clients(this.state, this.#machine);
    this.state.resetElectionTimer();
    if (!this.state.leases) return;
    // An earlier life may have promised a leader not to vote.
    this.state.followsLiveLeader = true;
    node.setTimer('leader-lives', this.state.setting('electionTimeoutMs'));
  }

  /** Everything the state machine holds, for tests that compare nodes. */
  held(): Item[] {
    return this.#machine.items(true);
  }

  onMessage(from: string, body: Body): void {
    if (!this.state.node.peers.includes(from)) this.#clients.onRequest({ from, body });
    else if (isRaftMessage(body)) this.#onRaft(from, body);
    else if (body.type === 'forward') this.#clients.onForward(from, body);
    else if (body.type === 'forwarded') this.#clients.onForwarded(body);
    else this.state.node.note(`does not know the message ${body.type} of ${from}`);
    this.#clients.reads.advance();
  }

  onTimer(name: string): void {
    if (this.state.lease.onTimer(name)) return;
    if (name === 'election') onElectionTimer(this.state);
    else if (name === 'heartbeat') onHeartbeatTimer(this.state);
    else if (name === 'quorum') onQuorumTimer(this.state);
    else if (name === 'leader-lives') this.state.followsLiveLeader = false;
    else if (name === 'unknown') this.#clients.onUnknownTimer();
    else if (name === 'sweep') this.#clients.onSweepTimer();
    else if (name === 'catch-up') this.#clients.changes.onCatchUpTimer();
    else if (name === LATE_SNAPSHOT) onLateSnapshot(this.state);
  }

  #onRaft(from: string, m: RaftMessage): void {
    const s = this.state;
    switch (m.type) {
      case 'prevote':
        onPreVote(s, from, m);
        return;
      case 'prevote_ok':
        onPreVoteReply(s, from, m);
        return;
      case 'vote':
        onVote(s, from, m);
        return;
      case 'vote_ok':
        onVoteReply(s, from, m);
        return;
      case 'append':
        onAppend(s, from, m);
        return;
      case 'install':
        onInstall(s, from, m);
        return;
      case 'append_ok':
      case 'install_ok':
        if (m.term > s.term) {
          s.becomeFollower(m.term);
          return;
        }
        if (m.type === 'append_ok') onAppendReply(s, from, m);
        else onInstallReply(s, from, m);
        this.#clients.changes.heardFrom(from);
        return;
    }
  }
}
