/**
 * The ring election as textbooks give it: nodes in a logical ring, a token that collects the names of all it
 * passes, and when it is back at its initiator the highest name on it leads, which a second round tells everyone.
 * O(n) messages. Every hop is acknowledged; a successor that is silent is left out of the ring until it is heard
 * of again. There is no quorum, so a partition makes two rings, and a leader in each.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { byRank, isAbove } from '../rank.ts';

/** The ring program. */
export const ring: ProgramKind = {
  name: 'ring',
  probes: ['became-leader', 'changed-leader'],
  settings: {
    heartbeatMs: { summary: 'time between heartbeats of a leader', default: 100 },
    failureTimeoutMs: { summary: 'shortest silence of the leader before an election', default: 400 },
    hopTimeoutMs: { summary: 'how long a successor may take to acknowledge', default: 80 },
  },
  bugs: ['sticky-leader', 'waits-to-be-told', 'swallows-tokens', 'resumes-lead'],
  create: (config) => new Ring(config),
};

/** Elections remembered, to know which of them this node took part in. */
const REMEMBERED = 100;

class Ring implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  /** All nodes in ring order. */
  #ring: readonly string[] = [];
  /** Left out of the ring: they did not acknowledge a hop. */
  readonly #out = new Set<string>();
  #leader: string | null = null;
  /** Name of the election this node started and waits for. */
  #own: string | null = null;
  /** Elections whose token this node has carried since it started. */
  readonly #carried = new Set<string>();
  /** Messages that wait for the acknowledgement of a successor, by number of the hop. */
  readonly #hops = new Map<number, { to: string; body: Body; heard: number }>();
  /** Messages of each peer so far. */
  readonly #heard = new Map<string, number>();
  #count = 0;
  #sessions = 0;

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    this.#ring = [node.id, ...node.peers].sort(byRank);
    const before = node.storage.read('started') === true;
    node.storage.write('started', true);
    // Nobody may be left to tell it.
    if (before && this.#has('waits-to-be-told')) return;
    if (this.#has('resumes-lead') && node.storage.read('leads') === true) {
      // Elected by a ring that may have elected another one since.
      this.#leader = node.id;
      node.setTimer('heartbeat', this.#ms('heartbeatMs'));
      return;
    }
    // Whoever joins the ring holds an election, once the others had time to become reachable.
    node.setTimer('join', this.#ms('failureTimeoutMs') * (1 + node.random()));
  }

  onMessage(from: string, body: Body): void {
    if (!this.#node.peers.includes(from)) {
      this.#onClient({ from, body });
      return;
    }
    this.#out.delete(from);
    this.#heard.set(from, (this.#heard.get(from) ?? 0) + 1);
    switch (body.type) {
      case 'election':
      case 'coordinator':
        this.#node.send(from, { type: 'hop_ok', hop: body['hop'] ?? null });
        if (body.type === 'election') this.#onElection(body);
        else this.#announce(body);
        return;
      case 'hop_ok':
        this.#onHopDone(Number(body['hop']));
        return;
      case 'heartbeat':
        this.#onHeartbeat(from);
        return;
      case 'probe':
        this.#node.send(from, { type: 'probe_ok' });
        return;
      case 'probe_ok':
        return;
      default:
        this.#node.note(`does not know the message ${body.type} of ${from}`);
    }
  }

  onTimer(name: string): void {
    if (name === 'heartbeat') this.#beat();
    else if (name === 'watch' || name === 'join') this.#elect();
    else if (name === 'probe') this.#probe();
    else this.#onHopTimer(Number(name.slice('hop '.length)));
  }

  #ms(setting: string): number {
    return this.#config.settings[setting] as number;
  }

  #has(bug: string): boolean {
    return this.#config.bugs.has(bug);
  }

  /** Waits for a leader; not all nodes equally long, so that one of them starts the election. */
  #watch(): void {
    this.#node.setTimer('watch', this.#ms('failureTimeoutMs') * (1 + this.#node.random()));
  }

  /** Sends out a token; an election that came to nothing is simply held again. */
  #elect(): void {
    this.#own = `${this.#node.id} ${++this.#count} ${Math.floor(this.#node.random() * 2 ** 32).toString(36)}`;
    this.#carry(this.#own);
    this.#pass({ type: 'election', election: this.#own, origin: this.#node.id, ids: [this.#node.id] });
  }

  #onElection(body: Body): void {
    const election = String(body['election']);
    const ids = body['ids'] as string[];
    if (body['origin'] !== this.#node.id) {
      // Here before: its initiator is not in the ring any more, and it would go round for ever.
      if (ids.includes(this.#node.id)) return;
      // With an election of its own under way it lets other tokens pass all the same: it cannot know which gets round.
      if (this.#own !== null && this.#has('swallows-tokens')) return;
      this.#carry(election);
      this.#pass({ ...body, ids: [...ids.filter((id) => id !== this.#node.id), this.#node.id] });
    } else if (election === this.#own) {
      this.#own = null;
      const leader = [...ids].sort(byRank).at(-1)!;
      this.#announce({ type: 'coordinator', election, leader, told: [] });
    }
  }

  /** While an election is under way nobody leads: who wins is not known, and it need not be the leader of now. */
  #carry(election: string): void {
    this.#carried.add(election);
    if (this.#carried.size > REMEMBERED) this.#carried.delete(this.#carried.values().next().value!);
    if (this.#leader === this.#node.id && this.#has('sticky-leader')) return;
    this.#leader = null;
    this.#node.clearTimer('heartbeat');
    this.#watch();
  }

  /** Tells the result, once: every node adds its name, and one that finds its own there was told before. */
  #announce(body: Body): void {
    const told = body['told'] as string[];
    if (told.includes(this.#node.id)) return;
    this.#settle(body);
    this.#pass({ ...body, told: [...told, this.#node.id] });
  }

  #settle(body: Body): void {
    const leader = String(body['leader']);
    if (this.#leader === this.#node.id && this.#has('sticky-leader')) return;
    if (leader !== this.#node.id) this.#follow(leader);
    // Elected before it was restarted, perhaps: by now there may be another leader.
    else if (this.#carried.has(String(body['election'])) && this.#leader !== leader) this.#lead();
  }

  #lead(): void {
    this.#leader = this.#node.id;
    this.#own = null;
    this.#keepRole(true);
    this.#sessions++;
    this.#node.note(`leads, session ${this.#sessions}`);
    this.#node.sometimes('became-leader');
    this.#node.clearTimer('watch');
    this.#beat();
  }

  #follow(leader: string): void {
    if (this.#leader !== leader) this.#node.note(`follows ${leader}`);
    this.#node.sometimes('changed-leader', this.#leader !== leader);
    this.#leader = leader;
    this.#own = null;
    this.#keepRole(false);
    this.#node.clearTimer('heartbeat');
    this.#watch();
  }

  /** A role is nothing to keep: it is worth what the ring of now says. Only a bug needs it on disk. */
  #keepRole(leads: boolean): void {
    if (this.#has('resumes-lead')) this.#node.storage.write('leads', leads);
  }

  #beat(): void {
    for (const peer of this.#node.peers) this.#node.send(peer, { type: 'heartbeat' });
    this.#node.setTimer('heartbeat', this.#ms('heartbeatMs'));
  }

  #onHeartbeat(from: string): void {
    const leader = this.#leader;
    if (leader === from) this.#watch();
    else if (leader === this.#node.id && this.#has('sticky-leader')) return;
    // A node that came back while nobody held an election, or two rings that became one: the higher leader stays.
    else if (leader === null ? this.#own === null : isAbove(from, leader)) this.#follow(from);
  }

  /** Sends a message to the next node of the ring after `after`; alone in it, a token is back at once. */
  #pass(body: Body, after: string = this.#node.id): void {
    const to = this.#successor(after);
    if (to === null) {
      if (body['election'] === this.#own) this.#onElection(body);
      return;
    }
    this.#passTo(to, body);
  }

  #passTo(to: string, body: Body): void {
    const hop = ++this.#count;
    this.#hops.set(hop, { to, body, heard: this.#heard.get(to) ?? 0 });
    this.#node.send(to, { ...body, hop });
    this.#node.setTimer(`hop ${hop}`, this.#ms('hopTimeoutMs'));
  }

  #successor(after: string): string | null {
    const at = this.#ring.indexOf(after);
    for (let step = 1; step < this.#ring.length; step++) {
      const next = this.#ring[(at + step) % this.#ring.length]!;
      if (next === this.#node.id) return null;
      if (!this.#out.has(next)) return next;
    }
    return null;
  }

  #onHopDone(hop: number): void {
    this.#hops.delete(hop);
    this.#node.clearTimer(`hop ${hop}`);
  }

  /**
   * Ring maintenance: the successor is silent, so the ring closes without it. One that was heard of since it was
   * sent the message has been away and is back: without it this ring would elect somebody beside it.
   */
  #onHopTimer(hop: number): void {
    const waiting = this.#hops.get(hop);
    if (waiting === undefined) return;
    this.#hops.delete(hop);
    if ((this.#heard.get(waiting.to) ?? 0) > waiting.heard) {
      this.#passTo(waiting.to, waiting.body);
      return;
    }
    this.#out.add(waiting.to);
    this.#node.setTimer('probe', this.#ms('failureTimeoutMs'));
    this.#pass(waiting.body, waiting.to);
  }

  /** Asks those left out whether they are back. */
  #probe(): void {
    if (this.#out.size === 0) return;
    for (const peer of this.#out) this.#node.send(peer, { type: 'probe' });
    this.#node.setTimer('probe', this.#ms('failureTimeoutMs'));
  }

  #onClient(request: Request): void {
    const { body } = request;
    const leading = this.#leader === this.#node.id;
    if (body.type === 'leader') {
      const answer = { leading, leader: this.#leader, term: null, epoch: this.#sessions };
      this.#node.reply(request, { type: 'leader_ok', ...answer });
    } else if (body.type === 'echo') {
      this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
    } else if (body.type !== 'command') {
      this.#node.fail(request, 10, `ring does not know the operation ${body.type}`);
    } else if (leading) {
      const command: Json = body['command'] ?? null;
      this.#node.reply(request, { type: 'command_ok', command, by: this.#node.id });
    } else {
      const text = this.#leader === null ? 'no leader now' : `the leader is ${this.#leader}`;
      this.#node.fail(request, 11, `not the leader; ${text}`, { leader: this.#leader });
    }
  }
}
