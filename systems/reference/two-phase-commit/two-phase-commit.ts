/**
 * Transactions over several nodes: two-phase locking and two-phase commit with presumed abort (Mohan, Lindsay and
 * Obermarck, 1986). Keys are spread over all nodes; the node a client asks is the coordinator. Participants lock,
 * write down their promise and vote; the coordinator writes down a commit, and only that, before anybody hears of
 * it: a transaction of which it knows nothing was aborted.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { textOf } from '../canonical.ts';
import { preferenceList } from '../dynamo/placement.ts';
import { type Mop, Participant, type Vote } from './participant.ts';

/** The two-phase-commit program. */
export const twoPhaseCommit: ProgramKind = {
  name: 'two-phase-commit',
  settings: {
    voteMs: { summary: 'how long a coordinator waits for votes before it aborts', default: 300 },
    statusMs: {
      summary: 'time between two questions for an outcome, and between repetitions of a commit',
      default: 100,
    },
  },
  bugs: [
    'no-read-locks',
    'early-unlock',
    'dirty-read',
    'forget-promises',
    'forget-decisions',
    'unilateral-abort',
    'first-vote-wins',
  ],
  probes: [
    ...['voted-no', 'heard-no-vote', 'came-back-in-doubt', 'committed-after-doubt'],
    ...['repeated-a-commit', 'presumed-an-abort', 'committed-over-nodes'],
  ],
  create: (config) => new TwoPhaseCommit(config),
};

/** A transaction that waits for votes. */
interface Voting {
  request: Request;
  mops: Mop[];
  waiting: Set<string>;
  participants: string[];
}

class TwoPhaseCommit implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  #participant!: Participant;
  readonly #voting = new Map<string, Voting>();
  /** Committed, with those who have not confirmed it yet. */
  readonly #decided = new Map<string, Set<string>>();
  readonly #requests = new Set<string>();
  #life = '';
  #count = 0;

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    this.#participant = new Participant(node, this.#config.bugs);
    const boots = Number(node.storage.read('boots') ?? 0) + 1;
    node.storage.write('boots', boots);
    this.#life = `${node.id} ${boots}`;
    const log = node.storage.log('decisions');
    for (let i = 0; i < log.length; i++) {
      const [txn, participants] = log.get(i) as unknown as [string, string[]];
      // Who has confirmed is not written down: all are told once more.
      this.#decided.set(txn, new Set(participants));
    }
    node.setTimer('status', this.#ms('statusMs'));
  }

  onMessage(from: string, body: Body): void {
    if (this.#node.peers.includes(from)) this.#onPeer(from, body);
    else this.#onClient({ from, body });
  }

  onTimer(name: string): void {
    if (name !== 'status') {
      this.#node.sometimes('heard-no-vote');
      this.#abort(name.slice('votes '.length), 'not all have voted');
      return;
    }
    this.#node.setTimer('status', this.#ms('statusMs'));
    for (const [txn, participants] of this.#decided) {
      this.#node.sometimes('repeated-a-commit', participants.size > 0);
      for (const to of participants) this.#send(to, { type: 'outcome', txn, commit: true });
    }
    for (const [txn, coordinator] of this.#participant.inDoubt())
      this.#send(coordinator, { type: 'status', txn });
  }

  #ms(setting: string): number {
    return this.#config.settings[setting] as number;
  }

  /** To a node, this one included. */
  #send(to: string, body: Body): void {
    if (to === this.#node.id) this.#onPeer(to, body);
    else this.#node.send(to, body);
  }

  #onPeer(from: string, body: Body): void {
    const txn = String(body['txn']);
    switch (body.type) {
      case 'prepare': {
        const vote = this.#participant.prepare(txn, from, body['mops'] as unknown as [number, Mop][]);
        if (vote !== null)
          this.#send(from, { type: 'vote', txn, ...(vote as unknown as Record<string, Json>) });
        return;
      }
      case 'vote':
        this.#onVote(from, txn, body as unknown as Vote);
        return;
      case 'outcome':
        this.#participant.finish(txn, body['commit'] === true);
        if (body['commit'] === true) this.#send(from, { type: 'confirmed', txn });
        return;
      case 'confirmed':
        this.#decided.get(txn)?.delete(from);
        return;
      case 'status':
        // Neither decided nor being voted on: it was aborted.
        if (this.#voting.has(txn)) return;
        this.#node.sometimes('presumed-an-abort', !this.#decided.has(txn));
        this.#send(from, { type: 'outcome', txn, commit: this.#decided.has(txn) });
        return;
      default:
        this.#node.note(`does not know the message ${body.type} of ${from}`);
    }
  }

  #onClient(request: Request): void {
    const { body } = request;
    if (body.type === 'echo') this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
    else if (body.type === 'txn') this.#begin(request, body['txn'] as unknown as Mop[]);
    else this.#node.fail(request, 10, `two-phase-commit does not know the operation ${body.type}`);
  }

  #begin(request: Request, mops: Mop[]): void {
    const name = textOf(request.body['request']);
    // Delivered twice: the first one is answered.
    if (request.body['request'] !== undefined && this.#requests.has(name)) return;
    this.#requests.add(name);
    const txn = `${this.#life} ${++this.#count}`;
    const parts = new Map<string, [number, Mop][]>();
    for (const [position, mop] of mops.entries()) {
      const home = preferenceList(textOf(mop[1]), [this.#node.id, ...this.#node.peers])[0]!;
      parts.set(home, [...(parts.get(home) ?? []), [position, mop]]);
    }
    const participants = [...parts.keys()];
    this.#voting.set(txn, {
      request,
      mops: mops.map((mop) => [...mop]),
      waiting: new Set(participants),
      participants,
    });
    this.#node.setTimer(`votes ${txn}`, this.#ms('voteMs'));
    if (participants.length === 0) this.#commit(txn);
    for (const [to, part] of parts) {
      if (this.#voting.has(txn)) this.#send(to, { type: 'prepare', txn, mops: part as unknown as Json });
    }
  }

  #onVote(from: string, txn: string, vote: Vote): void {
    const voting = this.#voting.get(txn);
    if (voting === undefined) return;
    const enough = this.#config.bugs.has('first-vote-wins');
    if (!vote.yes && !enough) {
      this.#abort(txn, 'a key is locked by another transaction');
      return;
    }
    for (const [position, list] of vote.reads) voting.mops[position]![2] = list;
    voting.waiting.delete(from);
    // What is read elsewhere must be known before the transaction can end.
    const reads = voting.mops.every(([f, , value]) => f !== 'r' || value !== null);
    if (voting.waiting.size === 0 || (enough && vote.yes && reads)) this.#commit(txn);
  }

  #commit(txn: string): void {
    const { request, mops, participants } = this.#end(txn);
    this.#decided.set(txn, new Set(participants));
    this.#node.sometimes('committed-over-nodes', participants.length > 1);
    if (!this.#config.bugs.has('forget-decisions')) {
      this.#node.storage.log('decisions').append([[txn, participants]]);
    }
    for (const to of participants) this.#send(to, { type: 'outcome', txn, commit: true });
    this.#node.reply(request, { type: 'txn_ok', txn: mops as unknown as Json });
  }

  #abort(txn: string, why: string): void {
    if (!this.#voting.has(txn)) return;
    const { request, participants } = this.#end(txn);
    for (const to of participants) this.#send(to, { type: 'outcome', txn, commit: false });
    this.#node.fail(request, 30, why);
  }

  #end(txn: string): Voting {
    const voting = this.#voting.get(txn)!;
    this.#voting.delete(txn);
    this.#node.clearTimer(`votes ${txn}`);
    return voting;
  }
}
