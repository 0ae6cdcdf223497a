/**
 * A key-value store on Raft, as somebody writes it who has never heard of faultline: election, replication,
 * commit, and a map. Reads go through the log. Nothing in here is for testing but the bugs at the top.
 */
import type { Body, NodeHandle } from 'faultline/sim';

/** `stale-read`: the leader answers reads from its own map. `two-votes`: a node votes for everybody who asks. */
export type Bug = 'stale-read' | 'two-votes';

type Entry = { term: number; command: Body; from: string };
type Role = 'follower' | 'candidate' | 'leader';

const ELECTION_MS = 150;
const HEARTBEAT_MS = 40;

export const raft = (bug?: Bug) => (node: NodeHandle) => new Raft(node, bug);

class Raft {
  role: Role = 'follower';
  term: number;
  vote: string | null;
  leader: string | null = null;
  log: Entry[];
  /** Entries known to be on a majority, and entries in the map. */
  committed = 0;
  applied = 0;
  votes = new Set<string>();
  next = new Map<string, number>();
  match = new Map<string, number>();
  map = new Map<string, unknown>();
  /** Requests that wait for the entry at this position. */
  waiting = new Map<number, { from: string; body: Body }>();

  node: NodeHandle;
  bug: Bug | undefined;

  constructor(node: NodeHandle, bug?: Bug) {
    this.node = node;
    this.bug = bug;
    this.term = Number(node.storage.read('term') ?? 0);
    this.vote = (node.storage.read('vote') ?? null) as string | null;
    this.log = (node.storage.read('log') ?? []) as Entry[];
    this.expectLeader();
  }

  onTimer(name: string): void {
    if (name === 'election') this.stand();
    else if (this.role === 'leader') this.replicate();
  }

  onMessage(from: string, body: Body): void {
    if (typeof body.term === 'number' && body.term > this.term) this.follow(body.term, null);
    if (body.type === 'vote?') this.answerVote(from, body);
    else if (body.type === 'vote!') this.countVote(from, body);
    else if (body.type === 'append') this.append(from, body);
    else if (body.type === 'appended') this.appended(from, body);
    else if (body.type === 'leader') this.sayWhoLeads(from, body);
    else this.request(from, body);
  }

  // ---- elections

  expectLeader(): void {
    this.node.setTimer('election', ELECTION_MS * (1 + this.node.random()));
  }

  follow(term: number, leader: string | null): void {
    if (term > this.term) {
      this.term = term;
      this.vote = null;
      this.save();
    }
    this.role = 'follower';
    this.leader = leader;
    this.waiting.clear();
    this.node.clearTimer('heartbeat');
    this.expectLeader();
  }

  stand(): void {
    this.role = 'candidate';
    this.leader = null;
    this.term++;
    this.vote = this.node.id;
    this.votes = new Set([this.node.id]);
    this.save();
    this.expectLeader();
    const last = this.log.length;
    const lastTerm = this.log[last - 1]?.term ?? 0;
    for (const peer of this.node.peers)
      this.node.send(peer, { type: 'vote?', term: this.term, last, lastTerm });
    this.lead();
  }

  answerVote(from: string, body: Body): void {
    const lastTerm = this.log.at(-1)?.term ?? 0;
    const behind =
      Number(body.lastTerm) < lastTerm || (body.lastTerm === lastTerm && Number(body.last) < this.log.length);
    const free = this.vote === null || this.vote === from || this.bug === 'two-votes';
    const yes = body.term === this.term && free && !behind;
    if (yes) {
      this.vote = from;
      this.save();
      this.expectLeader();
    }
    this.node.send(from, { type: 'vote!', term: this.term, yes });
  }

  countVote(from: string, body: Body): void {
    if (this.role !== 'candidate' || body.term !== this.term || body.yes !== true) return;
    this.votes.add(from);
    this.lead();
  }

  lead(): void {
    if (2 * this.votes.size <= this.node.peers.length + 1) return;
    this.role = 'leader';
    this.leader = this.node.id;
    this.node.clearTimer('election');
    for (const peer of this.node.peers) {
      this.next.set(peer, this.log.length);
      this.match.set(peer, 0);
    }
    // An entry of this term: with it, everything before it is committed.
    this.log.push({ term: this.term, command: { type: 'nothing' }, from: '' });
    this.save();
    this.replicate();
  }

  // ---- replication

  replicate(): void {
    this.node.setTimer('heartbeat', HEARTBEAT_MS);
    for (const peer of this.node.peers) {
      const from = this.next.get(peer) ?? 0;
      this.node.send(peer, {
        type: 'append',
        term: this.term,
        from,
        before: this.log[from - 1]?.term ?? 0,
        entries: this.log.slice(from),
        committed: this.committed,
      });
    }
    this.commit();
  }

  append(from: string, body: Body): void {
    const at = Number(body.from);
    if (body.term !== this.term) return;
    this.follow(this.term, from);
    const fits = at <= this.log.length && (this.log[at - 1]?.term ?? 0) === body.before;
    if (fits) {
      const entries = body.entries as unknown as Entry[];
      entries.forEach((entry, i) => {
        if (this.log[at + i]?.term === entry.term) return;
        this.log.length = at + i;
        this.log.push(entry);
      });
      this.save();
      this.committed = Math.max(this.committed, Math.min(Number(body.committed), at + entries.length));
      this.apply();
      this.node.send(from, { type: 'appended', term: this.term, match: at + entries.length });
    } else {
      this.node.send(from, { type: 'appended', term: this.term, match: -1 });
    }
  }

  appended(from: string, body: Body): void {
    if (this.role !== 'leader' || body.term !== this.term) return;
    const match = Number(body.match);
    if (match < 0) {
      this.next.set(from, Math.max(0, (this.next.get(from) ?? 0) - 5));
      return;
    }
    this.match.set(from, Math.max(match, this.match.get(from) ?? 0));
    this.next.set(from, this.match.get(from)!);
    this.commit();
  }

  /** What a majority has, when it is of this term, is committed with everything before it. */
  commit(): void {
    const have = [this.log.length, ...this.match.values()].sort((a, b) => b - a);
    const most = have[Math.floor(have.length / 2)]!;
    if (most <= this.committed || this.log[most - 1]?.term !== this.term) return;
    this.committed = most;
    this.apply();
  }

  // ---- the map

  apply(): void {
    for (; this.applied < this.committed; this.applied++) {
      const answer = this.perform(this.log[this.applied]!.command);
      const asked = this.waiting.get(this.applied);
      if (asked !== undefined) this.reply(asked.from, asked.body, answer);
      this.waiting.delete(this.applied);
    }
  }

  perform(command: Body): Body {
    const key = JSON.stringify(command.key);
    const value = this.map.get(key);
    switch (command.type) {
      case 'read':
        if (value === undefined) return { type: 'error', code: 20, text: 'no such key' };
        return { type: 'read_ok', value: value as Body['value'] };
      case 'write':
        this.map.set(key, command.value);
        return { type: 'write_ok' };
      case 'cas':
        if (value !== command.from) return { type: 'error', code: 22, text: 'it holds something else' };
        this.map.set(key, command.to);
        return { type: 'cas_ok' };
      default:
        return { type: 'nothing_ok' };
    }
  }

  /** A client asks, or another node in the name of one. */
  request(from: string, body: Body): void {
    if (this.role !== 'leader') {
      this.reply(from, body, { type: 'error', code: 11, text: `the leader is ${this.leader ?? 'unknown'}` });
      return;
    }
    if (this.bug === 'stale-read' && body.type === 'read') {
      this.reply(from, body, this.perform(body));
      return;
    }
    this.waiting.set(this.log.length, { from, body });
    this.log.push({ term: this.term, command: body, from });
    this.save();
    this.replicate();
  }

  sayWhoLeads(from: string, body: Body): void {
    const leading = this.role === 'leader';
    this.reply(from, body, { type: 'leader_ok', leading, leader: this.leader, term: this.term });
  }

  reply(from: string, request: Body, body: Body): void {
    this.node.reply({ from, body: request }, body);
  }

  save(): void {
    const { storage } = this.node;
    storage.write('term', this.term);
    storage.write('vote', this.vote);
    storage.write('log', this.log);
  }
}
