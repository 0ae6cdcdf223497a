/**
 * Raft (Ongaro and Ousterhout, 2014) as a program: leader election with pre-votes, log replication, check
 * quorum, linearizable reads. No snapshots and no membership changes. Each bug switch takes out one rule that
 * implementations really got wrong.
 */
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind } from '../api.ts';
import { Clients } from './clients.ts';
import { onElectionTimer, onPreVote, onPreVoteReply, onVote, onVoteReply } from './election.ts';
import { Machine } from './machine.ts';
import { isRaftMessage, type RaftMessage } from './messages.ts';
import { onAppend, onAppendReply, onHeartbeatTimer, onQuorumTimer } from './replication.ts';
import { RaftState } from './state.ts';

/** The raft program. */
export const raft: ProgramKind = {
  name: 'raft',
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
  },
  bugs: [
    'forget-vote',
    'two-votes',
    'no-log-check',
    'commit-old-term',
    'ack-before-quorum',
    'stale-read',
    'unsafe-lease',
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
      applied: (index, entry) => this.#clients.onApplied(index, entry, this.#machine.apply(entry.command)),
      leading: (now) => {
        if (!now) this.#clients.onLeadershipLost();
      },
    });
    this.#clients = new Clients(this.state, this.#machine);
    this.state.resetElectionTimer();
    if (!this.state.leases) return;
    // An earlier life may have promised a leader not to vote.
    this.state.followsLiveLeader = true;
    node.setTimer('leader-lives', this.state.setting('electionTimeoutMs'));
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
      case 'append_ok':
        if (m.term > s.term) {
          s.becomeFollower(m.term);
          return;
        }
        onAppendReply(s, from, m);
        return;
    }
  }
}
