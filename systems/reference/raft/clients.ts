/**
 * Client requests at a Raft node: the leader puts writes through its log and proves reads; a follower passes
 * them on to the leader and the answer back. Commands of the leader workload are never passed on: only the
 * leader may accept them.
 */
import { withField, withoutField } from '../../../harness/body.ts';
import type { Body, NodeHandle, Request } from '../api.ts';
import { ADMIN, Changes } from './changes.ts';
import { LogDigest } from './digest.ts';
import { type Machine, WRITES } from './machine.ts';
import type { Command, Entry } from './messages.ts';
import { Reads } from './reads.ts';
import { propose } from './replication.ts';
import type { RaftState } from './state.ts';

/** A request passed on to the leader, how many sweeps it has waited, and how often it was sent. */
interface Forwarded {
  request: Request;
  sweeps: number;
  sent: number;
}

/** Sweeps after which a passed-on request counts as lost. */
const MAX_SWEEPS = 4;
/** Passed-on requests remembered, to know a second copy of one. */
const MAX_PASSED_ON = 5_000;

/** The clients' side of one node. */
export class Clients {
  readonly reads: Reads;
  readonly changes: Changes;
  readonly #s: RaftState;
  readonly #machine: Machine;
  readonly #node: NodeHandle;
  readonly #digest: LogDigest;
  /** Where answers to proposed commands go, by log position. */
  readonly #proposed = new Map<number, { term: number; request: Request }>();
  readonly #forwarded = new Map<string, Forwarded>();
  /** Requests that others passed on to this node, the latest of them. */
  readonly #passedOn = new Set<string>();
  /** Unique over all lives of this node, with and without durable storage. */
  readonly #life: string;
  #count = 0;

  constructor(s: RaftState, machine: Machine) {
    this.#s = s;
    this.#node = s.node;
    this.#digest = new LogDigest(s.log);
    this.#machine = machine;
    this.reads = new Reads(s);
    this.changes = new Changes(s, {
      answer: (request, reply) => this.#answer(request, reply),
      confirm: (serve, refuse) => this.reads.add({ serve, refuse }),
    });
    const boots = Number(s.node.storage.read('boots') ?? 0) + 1;
    s.node.storage.write('boots', boots);
    this.#life = `${s.node.id}-${boots}-${Math.floor(s.node.random() * 2 ** 32).toString(36)}`;
  }

  /** A request from a client. */
  onRequest(request: Request): void {
    const { body } = request;
    switch (body.type) {
      case 'leader':
        this.#node.reply(request, this.#whoLeads());
        return;
      case 'log':
        this.#node.reply(request, this.#showLog(Number(body['from'] ?? 1)));
        return;
      case 'members':
        this.#node.reply(request, this.changes.tell());
        return;
      case 'echo':
        this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
        return;
      case 'generate':
        this.#node.reply(request, { type: 'generate_ok', id: this.#unique() });
        return;
      default:
    }
    if (body.type !== 'read' && !WRITES.has(body.type) && !ADMIN.has(body.type)) {
      this.#node.fail(request, 10, `raft does not know the operation ${body.type}`);
      return;
    }
    if (this.#s.role === 'leader') this.#perform(request);
    else if (this.#s.leader === null || body.type === 'command') this.#refuse(request);
    else this.#forward(request, this.#s.leader);
  }

  /** A request that a follower passed on. Never passed on again: it could go round in circles. */
  onForward(from: string, body: Body): void {
    // Of two copies that the network made one could be accepted and the other refused, a moment later.
    if (!this.#isFirst(`${body['id']} ${body['sent']}`)) return;
    const inner = body['request'] as unknown as Body;
    const request = { from, body: withField(inner, 'forward', body['id'] ?? null) };
    if (this.#s.role === 'leader') this.#perform(request);
    else this.#refuse(request);
  }

  /** The leader's answer to a request passed on. */
  onForwarded(body: Body): void {
    const id = String(body['id']);
    const forwarded = this.#forwarded.get(id);
    if (forwarded === undefined) return;
    this.#forwarded.delete(id);
    const reply = body['reply'] as unknown as Body;
    const { request, sent } = forwarded;
    // Refused by one, and perhaps accepted by another that it was sent to before.
    const isOpen = sent > 1 && reply.type === 'error' && reply['code'] === 11 && request.body.type !== 'read';
    if (isOpen) this.#node.fail(request, 13, `outcome unknown; ${reply['text']}`);
    else this.#node.reply(request, reply);
  }

  /**
   * Sends passed-on requests that got no answer once more, to whoever leads now: a request that arrives twice
   * counts once. In the end it gives up: a read was certainly not served, the outcome of a write is unknown.
   */
  onSweepTimer(): void {
    for (const [id, forwarded] of this.#forwarded) {
      if (++forwarded.sweeps < MAX_SWEEPS) {
        const { leader } = this.#s;
        if (leader !== null && leader !== this.#node.id) this.#passOn(id, forwarded, leader);
        continue;
      }
      this.#forwarded.delete(id);
      const isRead = forwarded.request.body.type === 'read';
      this.#node.fail(forwarded.request, isRead ? 11 : 0, 'the leader did not answer');
    }
    if (this.#forwarded.size > 0) this.#node.setTimer('sweep', this.#s.setting('electionTimeoutMs'));
  }

  /** An entry was applied here: answers whoever waits for it. */
  onApplied(index: number, entry: Entry, result: Body | undefined): void {
    const waiting = this.#proposed.get(index);
    if (waiting === undefined) return;
    this.#proposed.delete(index);
    // Another leader's entry stands where ours would: ours can never be committed.
    if (waiting.term !== entry.term) {
      this.#fail(waiting.request, 11, 'replaced by another leader');
      return;
    }
    if (result !== undefined) this.#answer(waiting.request, withTerm(result, entry.term));
  }

  /**
   * Leadership ended: reads were not served. Proposed commands may yet be committed by the next leader, or
   * replaced, so they wait for that some time.
   */
  onLeadershipLost(): void {
    this.changes.onLeadershipLost();
    this.reads.refuseAll('lost the leadership');
    if (this.#proposed.size > 0)
      this.#node.setTimer('unknown', MAX_SWEEPS * this.#s.setting('electionTimeoutMs'));
  }

  /** What was proposed before the leadership was lost and is still open has an unknown outcome. */
  onUnknownTimer(): void {
    for (const [index, { term, request }] of this.#proposed) {
      if (this.#s.role === 'leader' && term === this.#s.term) continue;
      this.#proposed.delete(index);
      this.#fail(request, 13, 'lost the leadership, outcome unknown');
    }
  }

  #perform(request: Request): void {
    const { body } = request;
    if (ADMIN.has(body.type)) {
      this.changes.ask(request);
      return;
    }
    if (body.type === 'read' && this.#s.readsBy !== 'log') {
      this.reads.add({
        serve: () => this.#answer(request, this.#machine.read(body)),
        refuse: (why) => this.#fail(request, 11, why),
      });
      return;
    }
    const command = this.#commandOf(body);
    const early = this.#s.bugs.has('ack-before-quorum') && body.type !== 'cas';
    if (early) this.#answer(request, withTerm(acknowledgement(command), this.#s.term));
    const { term } = this.#s;
    // The position is known before the entry can commit, which it does at once in a cluster of one.
    if (!early) this.#wait(this.#s.log.lastIndex + 1, { term, request });
    propose(this.#s, command);
  }

  #wait(index: number, waiting: { term: number; request: Request }): void {
    // An earlier entry of ours at this position was cut off by another leader: it can never be committed.
    const replaced = this.#proposed.get(index);
    this.#proposed.set(index, waiting);
    if (replaced !== undefined) this.#fail(replaced.request, 11, 'replaced by another leader');
  }

  /** The request without what belongs to its transport. A repeated delivery keeps its identity. */
  #commandOf(body: Body): Command {
    const command: Command = { type: body.type };
    for (const field in body) if (field !== 'msg_id' && field !== 'forward') command[field] = body[field]!;
    const { forward } = body;
    if (body.type === 'command') command['by'] = this.#node.id;
    if (command['request'] === undefined && typeof forward === 'string') command['request'] = forward;
    return command;
  }

  #forward(request: Request, leader: string): void {
    const id = this.#unique();
    const forwarded = { request, sweeps: 0, sent: 0 };
    this.#forwarded.set(id, forwarded);
    if (this.#forwarded.size === 1) this.#node.setTimer('sweep', this.#s.setting('electionTimeoutMs'));
    this.#passOn(id, forwarded, leader);
  }

  #passOn(id: string, forwarded: Forwarded, leader: string): void {
    const request = withoutField(forwarded.request.body, 'msg_id');
    this.#node.send(leader, { type: 'forward', id, sent: ++forwarded.sent, request });
  }

  #refuse(request: Request): void {
    const { leader } = this.#s;
    const text = leader === null ? 'no leader now' : `the leader is ${leader}`;
    const error = { type: 'error', code: 11, text: `not the leader; ${text}`, leader };
    this.#answer(request, error);
  }

  #fail(request: Request, code: number, text: string): void {
    this.#answer(request, { type: 'error', code, text });
  }

  /** To the client itself, or to the follower that passed the request on. */
  #answer(request: Request, reply: Body): void {
    const id = request.body['forward'];
    if (id === undefined) this.#node.reply(request, reply);
    else this.#node.send(request.from, { type: 'forwarded', id, reply });
  }

  #whoLeads(): Body {
    const { role, leader, term } = this.#s;
    return { type: 'leader_ok', leading: role === 'leader', leader, term };
  }

  #showLog(from: number): Body {
    const { role, term, commitIndex } = this.#s;
    return {
      type: 'log_ok',
      ...this.#digest.page(from),
      life: this.#life,
      commit: commitIndex,
      term,
      leading: role === 'leader',
    };
  }

  #isFirst(id: string): boolean {
    if (this.#passedOn.has(id)) return false;
    this.#passedOn.add(id);
    if (this.#passedOn.size > MAX_PASSED_ON) this.#passedOn.delete(this.#passedOn.values().next().value!);
    return true;
  }

  #unique(): string {
    return `${this.#life}-${this.#count++}`;
  }
}

/** The `command` reply tells the term in which it was accepted. */
function withTerm(reply: Body, term: number): Body {
  return reply.type === 'command_ok' ? withField(reply, 'term', term) : reply;
}

/** What a leader says that does not wait for anybody. */
function acknowledgement(command: Command): Body {
  if (command.type !== 'command') return { type: `${command.type}_ok` };
  return { type: 'command_ok', command: command['command'] ?? null, by: command['by'] ?? null };
}
