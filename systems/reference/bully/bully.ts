/**
 * The bully election of Garcia-Molina (1982) as textbooks give it: the highest reachable name leads. A node
 * that misses its leader asks all higher nodes; silence makes it the coordinator. There is no quorum and no
 * term, so a partition gives every side a leader of its own. That is its known flaw and what it is here to show.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { isAbove } from '../rank.ts';

/** The bully program. Names are ordered by length, then alphabet, so that n10 is above n9. */
export const bully: ProgramKind = {
  name: 'bully',
  probes: ['became-leader', 'changed-leader'],
  settings: {
    heartbeatMs: { summary: 'time between heartbeats of a leader', default: 100 },
    failureTimeoutMs: {
      summary: 'silence of the leader after which a follower holds an election',
      default: 350,
    },
    answerTimeoutMs: { summary: 'how long an election waits for higher nodes to answer', default: 150 },
  },
  bugs: ['sticky-leader', 'waits-to-be-told', 'text-order'],
  create: (config) => new Bully(config),
};

/** Requests that only a leader answers. */
const LEADER_ONLY: ReadonlySet<string> = new Set(['command', 'add', 'read']);

class Bully implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  #leader: string | null = null;
  #electing = false;
  /** How often this node began to lead since it started: its own count, not a term. */
  #sessions = 0;
  /** Commands and elements accepted as leader or copied from one. */
  readonly #commands = new Set<Json>();

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    const before = node.storage.read('started') === true;
    node.storage.write('started', true);
    // Nobody may be left to tell it.
    if (before && this.#has('waits-to-be-told')) return;
    // Others may start at the same moment: time to hear of a leader, or to become reachable, before an election.
    node.setTimer('watch', this.#ms('failureTimeoutMs'));
  }

  onMessage(from: string, body: Body): void {
    if (this.#node.peers.includes(from)) this.#onPeer(from, body);
    else this.#onClient({ from, body });
  }

  onTimer(name: string): void {
    if (name === 'heartbeat') {
      this.#beat();
      return;
    }
    if (name === 'answer') {
      this.#lead();
      return;
    }
    // `watch`: the leader is silent. `coordinator`: a higher node answered and then announced nothing.
    this.#electing = false;
    this.#elect();
  }

  #has(bug: string): boolean {
    return this.#config.bugs.has(bug);
  }

  /** Is this node above us? Compared as text n10 would be below n9. */
  #isHigher(node: string): boolean {
    return this.#has('text-order') ? node > this.#node.id : isAbove(node, this.#node.id);
  }

  #ms(setting: string): number {
    return this.#config.settings[setting] as number;
  }

  #elect(): void {
    if (this.#electing) return;
    this.#electing = true;
    this.#leader = null;
    this.#node.clearTimer('watch');
    this.#node.clearTimer('heartbeat');
    const higher = this.#node.peers.filter((peer) => isAbove(peer, this.#node.id));
    if (higher.length === 0) {
      this.#lead();
      return;
    }
    for (const peer of higher) this.#node.send(peer, { type: 'election' });
    this.#node.setTimer('answer', this.#ms('answerTimeoutMs'));
  }

  #lead(): void {
    this.#settle(this.#node.id);
    this.#sessions++;
    this.#node.note(`leads, session ${this.#sessions}`);
    this.#node.sometimes('became-leader');
    for (const peer of this.#node.peers) this.#node.send(peer, { type: 'coordinator' });
    this.#beat();
  }

  #beat(): void {
    for (const peer of this.#node.peers) this.#node.send(peer, { type: 'heartbeat' });
    this.#node.setTimer('heartbeat', this.#ms('heartbeatMs'));
  }

  #follow(leader: string): void {
    if (this.#leader !== leader) this.#node.note(`follows ${leader}`);
    this.#node.sometimes('changed-leader', this.#leader !== leader);
    this.#settle(leader);
    this.#node.clearTimer('heartbeat');
    this.#node.setTimer('watch', this.#ms('failureTimeoutMs'));
  }

  #settle(leader: string): void {
    this.#leader = leader;
    this.#electing = false;
    for (const name of ['answer', 'coordinator', 'watch']) this.#node.clearTimer(name);
  }

  #onPeer(from: string, body: Body): void {
    switch (body.type) {
      case 'election':
        this.#onElection(from);
        return;
      case 'ok':
        this.#onOk();
        return;
      case 'coordinator':
        if (this.#keepsLeading) return;
        if (this.#isHigher(from)) this.#follow(from);
        else this.#challenge(from);
        return;
      case 'heartbeat':
        this.#onHeartbeat(from);
        return;
      case 'replicate':
        if (body['command'] !== undefined) this.#commands.add(body['command']);
        return;
      default:
        this.#node.note(`does not know the message ${body.type} of ${from}`);
    }
  }

  /** The mistake of a leader that no longer hears who is above it. */
  get #keepsLeading(): boolean {
    return this.#leader === this.#node.id && this.#has('sticky-leader');
  }

  /** A lower node asks whether anybody above it lives. */
  #onElection(from: string): void {
    if (!isAbove(this.#node.id, from)) return;
    this.#node.send(from, { type: 'ok' });
    if (this.#leader === this.#node.id) this.#node.send(from, { type: 'coordinator' });
    else this.#elect();
  }

  /** A higher node lives and takes over the election; it must announce somebody soon. */
  #onOk(): void {
    if (!this.#electing) return;
    this.#node.clearTimer('answer');
    this.#node.setTimer('coordinator', this.#ms('failureTimeoutMs'));
  }

  #onHeartbeat(from: string): void {
    if (from === this.#leader) {
      this.#node.setTimer('watch', this.#ms('failureTimeoutMs'));
      return;
    }
    if (!this.#isHigher(from)) {
      this.#challenge(from);
      return;
    }
    if (this.#keepsLeading) return;
    if (this.#leader === null || isAbove(from, this.#leader)) this.#follow(from);
  }

  /** A lower node leads although this one lives: the higher one bullies it. */
  #challenge(lower: string): void {
    if (this.#leader === this.#node.id) this.#node.send(lower, { type: 'coordinator' });
    else this.#elect();
  }

  #onClient(request: Request): void {
    const { body } = request;
    const leading = this.#leader === this.#node.id;
    if (body.type === 'leader') {
      const answer = { leading, leader: this.#leader, term: null, epoch: this.#sessions };
      this.#node.reply(request, { type: 'leader_ok', ...answer });
    } else if (body.type === 'echo') {
      this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
    } else if (!LEADER_ONLY.has(body.type)) {
      this.#node.fail(request, 10, `bully does not know the operation ${body.type}`);
    } else if (leading) {
      this.#node.reply(request, this.#perform(body));
    } else {
      this.#refuse(request);
    }
  }

  #perform(body: Body): Body {
    if (body.type === 'read') return { type: 'read_ok', value: [...this.#commands] };
    const accepted = body[body.type === 'add' ? 'element' : 'command'] ?? null;
    this.#accept(accepted);
    if (body.type === 'add') return { type: 'add_ok' };
    return { type: 'command_ok', command: accepted, by: this.#node.id };
  }

  #refuse(request: Request): void {
    const leader = this.#leader;
    const text = leader === null ? 'no leader now' : `the leader is ${leader}`;
    this.#node.fail(request, 11, `not the leader; ${text}`, { leader });
  }

  /** A leader answers to nobody: the command counts as soon as it has it, copies go to whom it reaches. */
  #accept(command: Json): void {
    this.#commands.add(command);
    for (const peer of this.#node.peers) this.#node.send(peer, { type: 'replicate', command });
  }
}
