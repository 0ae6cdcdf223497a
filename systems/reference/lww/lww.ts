/**
 * Registers whose last write by wall clock wins, as in Cassandra and many caches: every write is stamped with
 * the clock of the node that took it, every replica keeps the version with the highest stamp, and replicas
 * compare what they have in the background. It converges, and loses writes whenever clocks disagree: X = 1 at
 * T = 100, then X = 2 at T = 99 on a node whose clock is behind, and X stays 1.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { textOf } from '../canonical.ts';
import { majorityOfPeers, Rounds } from '../rounds.ts';

/** The last-write-wins program. */
export const lww: ProgramKind = {
  name: 'lww',
  settings: {
    resendMs: { summary: 'wait before a silent replica is asked again', default: 100 },
    compareMs: { summary: 'time between two comparisons with another replica', default: 200 },
  },
  bugs: ['arrival-order', 'no-anti-entropy', 'lazy-flush', 'first-write-wins'],
  probes: ['refused-an-older-version', 'broke-a-tie', 'repaired-by-comparing', 'lost-a-write-at-once'],
  create: (config) => new LastWriteWins(config),
};

/** A value and when it was written, by the clock of node `by`. */
interface Version {
  stamp: number;
  by: string;
  value: Json;
}

class LastWriteWins implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  #rounds!: Rounds;
  readonly #held = new Map<string, Version>();

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    this.#rounds = new Rounds(node, this.#config.settings['resendMs'] as number);
    const log = node.storage.log('versions');
    for (let i = 0; i < log.length; i++) {
      const [key, version] = log.get(i) as unknown as [string, Version];
      this.#held.set(key, version);
    }
    this.#compareLater();
  }

  onMessage(from: string, body: Body): void {
    if (!this.#node.peers.includes(from)) this.#onClient({ from, body });
    else if (body.type === 'store' || body.type === 'compare') {
      for (const [key, version] of body['versions'] as unknown as [string, Version][]) {
        const isNews = this.#store(key, version);
        this.#node.sometimes('repaired-by-comparing', isNews && body.type === 'compare');
      }
      if (body.type === 'store') this.#node.send(from, { type: 'stored', round: body['round'] ?? null });
      else if (body['answer'] === true) this.#compare(from, false);
    } else this.#rounds.onAnswer(from, body);
  }

  onTimer(name: string): void {
    if (this.#rounds.onTimer(name)) return;
    const { peers } = this.#node;
    if (peers.length > 0) this.#compare(peers[Math.floor(this.#node.random() * peers.length)]!, true);
    this.#compareLater();
  }

  #has(bug: string): boolean {
    return this.#config.bugs.has(bug);
  }

  #compareLater(): void {
    if (!this.#has('no-anti-entropy'))
      this.#node.setTimer('compare', this.#config.settings['compareMs'] as number);
  }

  /** Anti-entropy: everything this replica holds, and in return everything the other does. */
  #compare(peer: string, answer: boolean): void {
    this.#node.send(peer, { type: 'compare', answer, versions: [...this.#held] as unknown as Json });
  }

  /** Keeps a version if it wins against the one that is held; true when it does. */
  #store(key: string, version: Version): boolean {
    const held = this.#held.get(key);
    this.#node.sometimes('broke-a-tie', held?.stamp === version.stamp && held.by !== version.by);
    this.#node.sometimes('refused-an-older-version', held !== undefined && isLater(held, version));
    const wins =
      held === undefined ||
      (this.#has('arrival-order')
        ? version.by !== held.by || version.stamp > held.stamp
        : this.#has('first-write-wins')
          ? isLater(held, version)
          : isLater(version, held));
    if (!wins) return false;
    this.#held.set(key, version);
    const flushed = this.#has('lazy-flush') ? held : version;
    if (flushed !== undefined) this.#node.storage.log('versions').append([[key, flushed] as unknown as Json]);
    return true;
  }

  #onClient(request: Request): void {
    const { body } = request;
    const key = textOf(body['key']);
    if (body.type === 'read') {
      const version = this.#held.get(key);
      if (version === undefined) this.#node.fail(request, 20, `no key ${key}`);
      else this.#node.reply(request, { type: 'read_ok', value: version.value });
    } else if (body.type === 'write') {
      const version = { stamp: this.#node.now(), by: this.#node.id, value: body['value'] ?? null };
      // A later one is held: whoever reads will never see this one.
      this.#node.sometimes('lost-a-write-at-once', !this.#store(key, version));
      this.#rounds.start(
        { type: 'store', versions: [[key, version]] as unknown as Json },
        {
          // No need to wait for durability on others; it keeps writes that follow each other apart in time.
          need: majorityOfPeers(this.#node),
          failed: () => this.#node.fail(request, 13, 'no majority has stored it yet'),
          done: () => this.#node.reply(request, { type: 'write_ok', stamp: version.stamp }),
        },
      );
    } else if (body.type === 'echo') {
      this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
    } else this.#node.fail(request, 10, `lww does not know the operation ${body.type}`);
  }
}

function isLater(a: Version, b: Version): boolean {
  return a.stamp === b.stamp ? a.by > b.by : a.stamp > b.stamp;
}
