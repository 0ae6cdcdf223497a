/**
 * Gossip broadcast (Demers and others, "Epidemic Algorithms", 1987): a value goes at once to a few peers, and
 * every node compares with a random one now and then what each has, so that values reach everybody whatever was
 * lost. Values are numbered by the node that took them; what a node has is told by one number per node: it has
 * all of that node's values up to there.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';

/** The gossip program. */
export const gossip: ProgramKind = {
  name: 'gossip',
  settings: {
    fanout: { summary: 'peers that a new value is sent to at once', default: 2 },
    gossipMs: { summary: 'time between two comparisons with a random peer', default: 100 },
  },
  bugs: ['push-once', 'skip-gaps', 'reuse-numbers', 'ack-before-write', 'repeat-delivery'],
  probes: ['left-a-gap', 'filled-a-gap', 'heard-it-twice', 'repaired-by-comparing', 'came-back'],
  create: (config) => new Gossip(config),
};

/** A value, who took it, and its number there. */
type Item = [origin: string, n: number, value: Json];

class Gossip implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  /** By origin: values by number. */
  readonly #held = new Map<string, Map<number, Json>>();
  /** By origin: all up to this number are here. */
  readonly #upTo = new Map<string, number>();
  readonly #delivered: Json[] = [];
  #taken = 0;
  /** Acknowledged and not written yet, with the bug `ack-before-write`. */
  #unwritten: Item[] = [];

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    const log = node.storage.log('items');
    for (let i = 0; i < log.length; i++) this.#take(log.get(i) as unknown as Item);
    node.sometimes('came-back', log.length > 0);
    if (!this.#has('reuse-numbers')) this.#taken = this.#upTo.get(node.id) ?? 0;
    node.setTimer('gossip', this.#number('gossipMs'));
  }

  onMessage(from: string, body: Body): void {
    if (!this.#node.peers.includes(from)) this.#onClient({ from, body });
    else if (body.type === 'items') this.#onItems(body['items'] as unknown as Item[]);
    else if (body.type === 'have') {
      const theirs = body['upTo'] as unknown as Record<string, number>;
      const items = this.#beyond(theirs);
      this.#node.sometimes('repaired-by-comparing', items.length > 0);
      if (items.length > 0) this.#node.send(from, { type: 'items', items: items as unknown as Json });
      if (body['answer'] === true) this.#tell(from, false);
    }
  }

  onTimer(): void {
    this.#node.setTimer('gossip', this.#number('gossipMs'));
    const unwritten = this.#unwritten;
    this.#unwritten = [];
    for (const item of unwritten) this.#add(item);
    const { peers } = this.#node;
    if (peers.length === 0 || this.#has('push-once')) return;
    this.#tell(peers[Math.floor(this.#node.random() * peers.length)]!, true);
  }

  #number(setting: string): number {
    return this.#config.settings[setting] as number;
  }

  #has(bug: string): boolean {
    return this.#config.bugs.has(bug);
  }

  #tell(peer: string, answer: boolean): void {
    this.#node.send(peer, { type: 'have', upTo: Object.fromEntries(this.#upTo), answer });
  }

  #beyond(theirs: Record<string, number>): Item[] {
    const items: Item[] = [];
    for (const [origin, values] of this.#held) {
      for (const [n, value] of values) if (n > (theirs[origin] ?? 0)) items.push([origin, n, value]);
    }
    return items;
  }

  #onItems(items: readonly Item[]): void {
    for (const item of items) {
      if (this.#held.get(item[0])?.has(item[1]) === true) {
        this.#node.sometimes('heard-it-twice');
        if (this.#has('repeat-delivery')) this.#delivered.push(item[2]);
      } else this.#add(item);
    }
  }

  /** A value that is new here: kept, and passed on at once. */
  #add(item: Item): void {
    this.#take(item);
    this.#node.storage.log('items').append([item as unknown as Json]);
    const left = [...this.#node.peers];
    for (let i = 0; i < this.#number('fanout') && left.length > 0; i++) {
      const [peer] = left.splice(Math.floor(this.#node.random() * left.length), 1);
      this.#node.send(peer!, { type: 'items', items: [item] as unknown as Json });
    }
  }

  #take([origin, n, value]: Item): void {
    let values = this.#held.get(origin);
    if (values === undefined) this.#held.set(origin, (values = new Map()));
    values.set(n, value);
    this.#delivered.push(value);
    const before = this.#upTo.get(origin) ?? 0;
    let upTo = before;
    if (this.#has('skip-gaps')) upTo = Math.max(upTo, n);
    else while (values.has(upTo + 1)) upTo++;
    this.#node.sometimes('left-a-gap', n > before + 1);
    this.#node.sometimes('filled-a-gap', n === before + 1 && upTo > n);
    this.#upTo.set(origin, upTo);
  }

  #onClient(request: Request): void {
    const { body } = request;
    if (body.type === 'broadcast') {
      const item: Item = [this.#node.id, ++this.#taken, body['message'] ?? null];
      if (this.#has('ack-before-write')) this.#unwritten.push(item);
      else this.#add(item);
      this.#node.reply(request, { type: 'broadcast_ok' });
    } else if (body.type === 'read') {
      this.#node.reply(request, { type: 'read_ok', messages: [...this.#delivered] });
    } else if (body.type === 'echo') {
      this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
    } else if (body.type === 'topology') this.#node.reply(request, { type: 'topology_ok' });
    else this.#node.fail(request, 10, `gossip does not know the operation ${body.type}`);
  }
}
