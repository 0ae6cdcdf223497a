/**
 * Changes of membership at the leader, one server at a time (section 4.1 of Ongaro's thesis): majorities before
 * and after such a change always have a node in common, so that neither side can decide without the other, and no
 * joint configuration is needed. The price is one rule that was found later (raft-dev, 2015): no change before the
 * leader has committed an entry of its own term, for a change of an earlier leader may still come back.
 */
import type { Body, Request } from '../api.ts';
import type { Entry } from './messages.ts';
import { propose, sendAppend, startProgress } from './replication.ts';
import type { RaftState } from './state.ts';

/** Requests of administrators. */
export const ADMIN: ReadonlySet<string> = new Set(['add-member', 'remove-member']);

/** Rounds of catching up before a node counts as too slow. */
const MAX_ROUNDS = 10;

/** A node that is to become a voter once it has caught up: else the cluster would wait for it. */
interface Joining {
  node: string;
  request: Request;
  /** It has caught up when it holds everything up to here, within an election timeout. */
  target: number;
  rounds: number;
  late: boolean;
}

/** What the changes need of the clients' side. */
export interface Desk {
  answer(request: Request, reply: Body): void;
  /** Calls one of the two, once it is known whether this node still leads. */
  confirm(serve: () => void, refuse: (why: string) => void): void;
}

/** The administrators' side of one node. */
export class Changes {
  readonly #s: RaftState;
  readonly #desk: Desk;
  #joining: Joining | null = null;
  /** Proposed and neither committed nor lost, by position. */
  readonly #proposed = new Map<number, { term: number; request: Request }>();

  constructor(s: RaftState, desk: Desk) {
    this.#s = s;
    this.#desk = desk;
  }

  /** Who belongs to the cluster as far as this node knows. */
  tell(): Body {
    const { members, commitIndex, term, role } = this.#s;
    return {
      type: 'members_ok',
      voters: [...members.voters],
      index: members.index,
      committed: members.index <= commitIndex,
      term,
      leading: role === 'leader',
    };
  }

  /** A request at the leader. */
  ask(request: Request): void {
    const s = this.#s;
    const { body } = request;
    const node = String(body['node']);
    const adds = body.type === 'add-member';
    const known = node === s.node.id || s.node.peers.includes(node);
    if (!known) this.#refuse(request, 12, `there is no node ${node}`);
    else if (this.#isBusy && !s.bugs.has('two-changes-at-once'))
      this.#refuse(request, 11, 'another change of the members is under way');
    else if (s.commitIndex < s.inheritedIndex)
      this.#refuse(request, 11, 'the leader has not committed an entry of its term yet');
    else if (s.members.has(node) === adds) this.#confirm(request);
    else if (adds) this.#join(node, request);
    else if (s.members.voters.length === 1) this.#refuse(request, 12, `${node} is the last member`);
    else this.#propose(without(s.members.voters, node), request);
  }

  /** A follower answered: it may have caught up. */
  heardFrom(peer: string): void {
    const joining = this.#joining;
    const s = this.#s;
    if (joining === null || joining.node !== peer || s.role !== 'leader') return;
    if ((s.progress.get(peer)?.match ?? 0) < joining.target) return;
    if (joining.late) {
      if (joining.rounds >= MAX_ROUNDS) this.#giveUp(`${peer} does not catch up`);
      else this.#startRound(joining);
      return;
    }
    this.#joining = null;
    s.node.clearTimer('catch-up');
    this.#propose([...s.members.voters, peer], joining.request);
  }

  /** An election timeout has passed since a round of catching up began. */
  onCatchUpTimer(): void {
    const joining = this.#joining;
    if (joining === null) return;
    joining.late = true;
    joining.rounds++;
    if (joining.rounds >= MAX_ROUNDS) this.#giveUp(`${joining.node} does not catch up`);
    else this.#s.node.setTimer('catch-up', this.#s.setting('electionTimeoutMs'));
  }

  /** A configuration entry is committed. A leader that is no member any more has done its work. */
  onApplied(index: number, entry: Entry): void {
    const s = this.#s;
    const waiting = this.#proposed.get(index);
    this.#proposed.delete(index);
    if (waiting !== undefined) {
      if (waiting.term === entry.term)
        this.#desk.answer(waiting.request, { ...this.tell(), type: 'member_ok' });
      else this.#refuse(waiting.request, 11, 'replaced by another leader');
    }
    if (s.role !== 'leader') return;
    startProgress(s);
    for (const [peer, progress] of s.progress) {
      if (progress.voter || peer === this.#joining?.node) continue;
      // So that a node that was removed knows: without this it would go on standing for elections.
      sendAppend(s, peer, progress);
      s.progress.delete(peer);
    }
    if (s.members.selfVotes) return;
    for (const [peer, progress] of s.progress) sendAppend(s, peer, progress);
    s.node.note('was removed, leads no longer');
    s.becomeFollower(s.term);
  }

  /** Leadership ended: who was catching up stays outside, what was proposed may yet be committed by another. */
  onLeadershipLost(): void {
    this.#giveUp('lost the leadership');
    for (const { request } of this.#proposed.values())
      this.#refuse(request, 13, 'lost the leadership, outcome unknown');
    this.#proposed.clear();
  }

  get #isBusy(): boolean {
    return this.#joining !== null || this.#s.members.index > this.#s.commitIndex;
  }

  /** Nothing to change: said only by a leader that is sure to be one. */
  #confirm(request: Request): void {
    this.#desk.confirm(
      () => this.#desk.answer(request, { ...this.tell(), type: 'member_ok' }),
      (why) => this.#refuse(request, 11, why),
    );
  }

  #join(node: string, request: Request): void {
    const s = this.#s;
    if (s.bugs.has('two-changes-at-once')) {
      this.#propose([...s.members.voters, node], request);
      return;
    }
    startProgress(s, node);
    this.#joining = { node, request, target: 0, rounds: 0, late: false };
    this.#startRound(this.#joining);
  }

  #startRound(joining: Joining): void {
    const s = this.#s;
    joining.target = s.log.lastIndex;
    joining.late = false;
    s.node.setTimer('catch-up', s.setting('electionTimeoutMs'));
    const progress = s.progress.get(joining.node);
    if (progress !== undefined) sendAppend(s, joining.node, progress);
  }

  #giveUp(why: string): void {
    const joining = this.#joining;
    if (joining === null) return;
    this.#joining = null;
    this.#s.node.clearTimer('catch-up');
    if (!this.#s.members.has(joining.node)) this.#s.progress.delete(joining.node);
    this.#refuse(joining.request, 11, why);
  }

  #propose(voters: string[], request: Request): void {
    const s = this.#s;
    this.#proposed.set(s.log.lastIndex + 1, { term: s.term, request });
    s.node.note(`members are to be ${voters.join(' ')}`);
    propose(s, { type: 'config', voters });
  }

  #refuse(request: Request, code: number, text: string): void {
    this.#desk.answer(request, { type: 'error', code, text });
  }
}

function without(voters: readonly string[], node: string): string[] {
  return voters.filter((voter) => voter !== node);
}
