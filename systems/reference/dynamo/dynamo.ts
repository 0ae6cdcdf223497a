/**
 * A store in the manner of Dynamo (DeCandia and others, 2007): any node takes any request, writes go to two of a
 * key's three home nodes or to others that stand in and hand them over later, concurrent values are kept side by
 * side until somebody resolves them, and reads and a background comparison repair replicas that missed something.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { textOf } from '../canonical.ts';
import { type Cart, itemsOf, mergeCarts } from './cart.ts';
import { join, NOTHING, type Past } from './causal.ts';
import { preferenceList } from './placement.ts';
import { Store } from './store.ts';
import { lastWritten, merged, pastOf, sameVersions, type Version } from './versions.ts';

/** The dynamo program. */
export const dynamo: ProgramKind = {
  name: 'dynamo',
  settings: {
    resolve: {
      summary:
        'concurrent values: siblings go to the client, lww keeps the last by wall clock, merge merges carts',
      default: 'siblings',
      choices: ['siblings', 'lww', 'merge'],
    },
    copies: { summary: 'home nodes of a key', default: 3 },
    reads: { summary: 'answers that a read waits for', default: 2 },
    writes: { summary: 'acknowledgements that a write waits for', default: 2 },
    hintMs: { summary: 'silence of a home node after which another stands in', default: 60 },
    patienceMs: {
      summary: 'silence of home nodes after which a read makes do with what those that stand in hold',
      default: 400,
    },
    compareMs: { summary: 'time between two comparisons with another node', default: 250 },
  },
  bugs: ['no-dots', 'forget-counter', 'drop-hints', 'drop-context', 'one-sibling', 'union-merge'],
  probes: [
    ...['kept-siblings', 'repaired-on-read', 'repaired-by-comparing', 'resolved-siblings'],
    ...['stood-in', 'handed-over', 'made-do', 'gave-up'],
  ],
  create: (config) => new Dynamo(config),
};

/** A request to replicas that waits for enough of them. */
interface Waiting {
  body: Body;
  key: string;
  need: number;
  /** While it is set only answers of these count: who stands in for a home node may not know what that one holds. */
  only: ReadonlySet<string> | null;
  answers: Map<string, Version[]>;
  /** Nodes not asked yet, in order of preference. */
  spare: string[];
  done(answers: Map<string, Version[]>): void;
}

/** After so many milliseconds a request that too few answered is given up. */
const GIVE_UP_MS = 3000;

class Dynamo implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  #store!: Store;
  readonly #waiting = new Map<string, Waiting>();
  #life = '';
  #count = 0;

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    this.#life = Math.floor(node.random() * 2 ** 40).toString(36);
    const reduce = (versions: Version[]): Version[] =>
      this.#config.settings['resolve'] === 'lww' || this.#has('one-sibling')
        ? lastWritten(versions)
        : versions;
    this.#store = new Store(node, reduce, this.#has('forget-counter'));
    node.setTimer('compare', this.#number('compareMs'));
  }

  onMessage(from: string, body: Body): void {
    if (!this.#node.peers.includes(from)) {
      this.#onClient({ from, body });
      return;
    }
    const round = body['round'] ?? null;
    const key = String(body['key']);
    const versions = (body['versions'] ?? []) as unknown as Version[];
    switch (body.type) {
      case 'get':
        this.#node.send(from, { type: 'got', round, versions: this.#store.known(key) as unknown as Json });
        return;
      case 'put':
        this.#onPut(key, versions, body['hint'] as string | null | undefined);
        this.#node.send(from, { type: 'got', round, versions: [] });
        return;
      case 'got':
        this.#onAnswer(from, String(round), versions);
        return;
      case 'handed-over':
        this.#store.dropHint(Number(body['hint']));
        return;
      case 'hand-over':
        this.#store.put(key, versions);
        this.#node.send(from, { type: 'handed-over', hint: body['id'] ?? null });
        return;
      case 'compare':
        for (const [name, theirs] of body['keys'] as unknown as [string, Version[]][])
          this.#node.sometimes('repaired-by-comparing', this.#store.put(name, theirs));
        if (body['answer'] === true) this.#compare(from, false);
        return;
      default:
        this.#node.note(`does not know the message ${body.type} of ${from}`);
    }
  }

  onTimer(name: string): void {
    if (name === 'compare') {
      const { peers } = this.#node;
      if (peers.length > 0) this.#compare(peers[Math.floor(this.#node.random() * peers.length)]!, true);
      for (const { id, home, key, versions } of this.#store.hints) {
        this.#node.send(home, { type: 'hand-over', id, key, versions: versions as unknown as Json });
      }
      this.#node.setTimer('compare', this.#number('compareMs'));
    } else if (name.startsWith('hint ')) this.#standIn(name.slice('hint '.length));
    else if (name.startsWith('patience ')) this.#makeDo(name.slice('patience '.length));
    else this.#node.sometimes('gave-up', this.#waiting.delete(name.slice('give-up '.length)));
  }

  #number(setting: string): number {
    return this.#config.settings[setting] as number;
  }

  #has(bug: string): boolean {
    return this.#config.bugs.has(bug);
  }

  #preference(key: string): string[] {
    return preferenceList(key, [this.#node.id, ...this.#node.peers]);
  }

  /** Anti-entropy: all that this node holds of keys at home on the other one. */
  #compare(peer: string, answer: boolean): void {
    const copies = this.#number('copies');
    const shared = [...this.#store.keys()].filter(([key]) =>
      this.#preference(key).slice(0, copies).includes(peer),
    );
    this.#node.send(peer, { type: 'compare', answer, keys: shared as unknown as Json });
  }

  #onPut(key: string, versions: Version[], hint: string | null | undefined): void {
    if (hint === undefined || hint === null) this.#store.put(key, versions);
    else if (!this.#has('drop-hints')) this.#store.addHint(hint, key, versions);
  }

  /** Asks the home nodes of a key, this one included when it is one; others stand in for those that are silent. */
  #ask(body: Body, key: string, need: number, done: Waiting['done']): void {
    const round = `${this.#life}.${++this.#count}`;
    const preference = this.#preference(key);
    const copies = this.#number('copies');
    const home = preference.slice(0, copies);
    const spare = preference.slice(copies);
    const question = { ...body, key, round };
    this.#waiting.set(round, {
      body: question,
      key,
      need: Math.min(need, preference.length),
      only: body.type === 'get' ? new Set(home) : null,
      answers: new Map(),
      spare,
      done,
    });
    this.#node.setTimer(`hint ${round}`, this.#number('hintMs'));
    if (body.type === 'get') this.#node.setTimer(`patience ${round}`, this.#number('patienceMs'));
    this.#node.setTimer(`give-up ${round}`, GIVE_UP_MS);
    for (const node of home) this.#askOne(node, round, question);
  }

  #askOne(node: string, round: string, question: Body): void {
    if (node !== this.#node.id) {
      this.#node.send(node, question);
      return;
    }
    const key = String(question['key']);
    if (question.type === 'put') {
      this.#onPut(key, question['versions'] as unknown as Version[], question['hint'] as string | null);
    }
    this.#onAnswer(node, round, question.type === 'get' ? this.#store.known(key) : []);
  }

  /** Too few home nodes answered in time: each silent one gets somebody who stands in for it. */
  #standIn(round: string): void {
    const waiting = this.#waiting.get(round);
    if (waiting === undefined) return;
    const home = this.#preference(waiting.key).slice(0, this.#number('copies'));
    for (const absent of home.filter((node) => !waiting.answers.has(node))) {
      const other = waiting.spare.shift();
      if (other !== undefined) this.#askOne(other, round, { ...waiting.body, hint: absent });
    }
  }

  #onAnswer(from: string, round: string, versions: Version[]): void {
    const waiting = this.#waiting.get(round);
    if (waiting === undefined) return;
    waiting.answers.set(from, versions);
    this.#conclude(round, waiting);
  }

  /** The home nodes of a read stay silent: whoever has answered will do. */
  #makeDo(round: string): void {
    const waiting = this.#waiting.get(round);
    if (waiting === undefined) return;
    waiting.only = null;
    this.#conclude(round, waiting);
  }

  #conclude(round: string, waiting: Waiting): void {
    const { only, answers, need } = waiting;
    const count = only === null ? answers.size : [...answers.keys()].filter((node) => only.has(node)).length;
    if (count < need) return;
    this.#waiting.delete(round);
    this.#node.clearTimer(`hint ${round}`);
    this.#node.clearTimer(`patience ${round}`);
    this.#node.clearTimer(`give-up ${round}`);
    // Homes stayed silent, and what others hold for them was all there was.
    this.#node.sometimes('made-do', waiting.body.type === 'get' && only === null);
    waiting.done(waiting.answers);
  }

  #onClient(request: Request): void {
    const { body } = request;
    const key = textOf(body['key']);
    switch (body.type) {
      case 'get':
        this.#read(key, (versions) => {
          this.#node.reply(request, { type: 'get_ok', versions: versions as unknown as Json });
        });
        return;
      case 'put': {
        const context = (body['context'] ?? NOTHING) as unknown as Past;
        this.#write(key, body['value'] ?? null, context, (version) => {
          this.#node.reply(request, { type: 'put_ok', version: version as unknown as Json });
        });
        return;
      }
      case 'cart':
        this.#onCart(request, key);
        return;
      case 'echo':
        this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
        return;
      default:
        this.#node.fail(request, 10, `dynamo does not know the operation ${body.type}`);
    }
  }

  /** A read of the cart, or a change of it: read, merge, write what follows from all that was read. */
  #onCart(request: Request, key: string): void {
    const { add, remove } = request.body;
    this.#read(key, (versions) => {
      const carts = versions.map((version) => version.value as unknown as Cart);
      const cart = mergeCarts(carts, this.#has('union-merge'));
      const items = itemsOf(cart);
      const reply = (): void => this.#node.reply(request, { type: 'cart_ok', items });
      if (add === undefined && remove === undefined) {
        // Resolved by the store, for good, the next time somebody looks.
        const settle = this.#config.settings['resolve'] === 'merge' && versions.length > 1;
        if (settle) this.#write(key, cart as unknown as Json, pastOf(versions), reply);
        else reply();
        return;
      }
      if (remove !== undefined && !items.some((item) => textOf(item) === textOf(remove))) {
        this.#node.fail(request, 22, 'it is not in the cart');
        return;
      }
      if (add !== undefined) cart.items.push(add);
      if (remove !== undefined) {
        if (this.#has('union-merge'))
          cart.items = cart.items.filter((item) => textOf(item) !== textOf(remove));
        else cart.removed.push(remove);
      }
      this.#write(key, cart as unknown as Json, pastOf(versions), reply);
    });
  }

  #read(key: string, use: (versions: Version[]) => void): void {
    this.#ask({ type: 'get' }, key, this.#number('reads'), (answers) => {
      let versions: Version[] = [];
      for (const found of answers.values()) versions = merged(versions, found);
      if (this.#config.settings['resolve'] === 'lww') versions = lastWritten(versions);
      this.#repair(key, versions, answers);
      use(versions);
    });
  }

  /** Read repair: home nodes that answered with less get what the others had. */
  #repair(key: string, versions: Version[], answers: ReadonlyMap<string, Version[]>): void {
    const home = this.#preference(key).slice(0, this.#number('copies'));
    for (const [node, found] of answers) {
      if (!home.includes(node) || sameVersions(found, versions)) continue;
      this.#node.sometimes('repaired-on-read');
      if (node === this.#node.id) this.#store.put(key, versions);
      else this.#node.send(node, { type: 'put', key, round: null, versions: versions as unknown as Json });
    }
  }

  #write(key: string, value: Json, context: Past, done: (version: Version) => void): void {
    const dot = this.#store.nextDot(key);
    let past = this.#has('drop-context') ? NOTHING : context;
    // What a vector of servers says: whoever writes through this node has seen all that was written through it.
    if (this.#has('no-dots')) past = join(past, { upTo: { [dot[0]]: dot[1] - 1 }, beyond: [] });
    this.#node.sometimes('resolved-siblings', context.beyond.length + Object.keys(context.upTo).length > 1);
    const version: Version = { value, dot, past, stamp: this.#node.now() };
    const versions = [version] as unknown as Json;
    this.#ask({ type: 'put', versions }, key, this.#number('writes'), () => done(version));
  }
}
