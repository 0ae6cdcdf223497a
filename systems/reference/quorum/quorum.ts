/**
 * A linearizable register without a leader: Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in
 * Message-Passing Systems" (1995), with many writers. Any two majorities share a node, so a write that asks one
 * majority for the newest timestamp and stores a newer one at another cannot be missed; a read stores what it
 * is about to return at a majority, so that no later read returns anything older.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { textOf } from '../canonical.ts';
import { majorityOfPeers, Rounds } from '../rounds.ts';

/** The quorum program. */
export const quorum: ProgramKind = {
  name: 'quorum',
  settings: { resendMs: { summary: 'wait before a silent replica is asked again', default: 100 } },
  bugs: ['no-write-back', 'read-one', 'write-one', 'no-query', 'tie-by-arrival', 'volatile-replica'],
  probes: ['replicas-differed', 'wrote-back', 'broke-a-tie', 'refused-an-older-version'],
  create: (config) => new Quorum(config),
};

/** Versions are ordered by count, then by who wrote; `by` is different for any two writes. */
interface Version {
  count: number;
  by: string;
  value: Json;
}

const NONE: Version = { count: 0, by: '', value: null };

class Quorum implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  #rounds!: Rounds;
  /** What this replica holds, as far as it was used since the start. */
  readonly #held = new Map<string, Version>();
  #life = '';
  #writes = 0;

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    this.#rounds = new Rounds(node, this.#config.settings['resendMs'] as number);
    const boots = Number(node.storage.read('boots') ?? 0) + 1;
    node.storage.write('boots', boots);
    this.#life = `${node.id} ${boots}`;
  }

  onMessage(from: string, body: Body): void {
    if (!this.#node.peers.includes(from)) this.#onClient({ from, body });
    else if (body.type === 'query') {
      const version = this.#read(String(body['key'])) as unknown as Json;
      this.#node.send(from, { type: 'queried', round: body['round'] ?? null, version });
    } else if (body.type === 'store') {
      this.#store(String(body['key']), body['version'] as unknown as Version);
      this.#node.send(from, { type: 'stored', round: body['round'] ?? null });
    } else this.#rounds.onAnswer(from, body);
  }

  onTimer(name: string): void {
    this.#rounds.onTimer(name);
  }

  #has(bug: string): boolean {
    return this.#config.bugs.has(bug);
  }

  #read(key: string): Version {
    const held = this.#held.get(key);
    if (held !== undefined) return held;
    return (this.#node.storage.read(`key ${key}`) as unknown as Version | undefined) ?? NONE;
  }

  #store(key: string, version: Version): void {
    const held = this.#read(key);
    this.#node.sometimes('broke-a-tie', held.count === version.count && held.by !== version.by);
    this.#node.sometimes('refused-an-older-version', isNewer(held, version));
    const newer = this.#has('tie-by-arrival') ? version.count >= held.count : isNewer(version, held);
    if (!newer) return;
    this.#held.set(key, version);
    if (!this.#has('volatile-replica')) this.#node.storage.write(`key ${key}`, version as unknown as Json);
  }

  #onClient(request: Request): void {
    const { body } = request;
    const key = textOf(body['key']);
    if (body.type === 'read') this.#onRead(request, key);
    else if (body.type === 'write') this.#onWrite(request, key, body['value'] ?? null);
    else if (body.type === 'echo') {
      this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
    } else this.#node.fail(request, 10, `quorum does not know the operation ${body.type}`);
  }

  #onRead(request: Request, key: string): void {
    const answer = (version: Version): void => {
      if (version === NONE || version.count === 0) this.#node.fail(request, 20, `no key ${key}`);
      else this.#node.reply(request, { type: 'read_ok', value: version.value });
    };
    if (this.#has('read-one')) {
      answer(this.#read(key));
      return;
    }
    const refuse = (): void => this.#node.fail(request, 11, 'no majority answers');
    this.#newest(key, refuse, (newest) => {
      // This replica did not know yet what it is about to answer.
      this.#node.sometimes('wrote-back', isNewer(newest, this.#read(key)));
      if (newest.count === 0 || this.#has('no-write-back')) answer(newest);
      else this.#spread(key, newest, refuse, () => answer(newest));
    });
  }

  #onWrite(request: Request, key: string, value: Json): void {
    const unknown = (): void => this.#node.fail(request, 13, 'no majority has stored it: it may yet be');
    const write = ({ count }: Version): void => {
      // Without the number, two writes through one node at the same time would share a timestamp.
      const by = `${this.#life} ${++this.#writes}`;
      const version = { count: count + 1, by, value };
      const done = (): void => this.#node.reply(request, { type: 'write_ok' });
      this.#spread(key, version, unknown, done, this.#has('write-one') ? 0 : undefined);
    };
    if (this.#has('no-query')) write(this.#read(key));
    else this.#newest(key, () => this.#node.fail(request, 11, 'no majority answers'), write);
  }

  /** The newest version that a majority knows. */
  #newest(key: string, failed: () => void, use: (version: Version) => void): void {
    this.#rounds.start(
      { type: 'query', key },
      {
        need: majorityOfPeers(this.#node),
        failed,
        done: (answers) => {
          const own = this.#read(key);
          let newest = own;
          let differed = false;
          for (const answer of answers.values()) {
            const version = answer['version'] as unknown as Version;
            if (version.by !== own.by) differed = true;
            if (isNewer(version, newest)) newest = version;
          }
          this.#node.sometimes('replicas-differed', differed);
          use(newest);
        },
      },
    );
  }

  /** Stores a version at a majority, this node included. */
  #spread(key: string, version: Version, failed: () => void, done: () => void, need?: number): void {
    this.#store(key, version);
    const plan = { need: need ?? majorityOfPeers(this.#node), failed, done };
    this.#rounds.start({ type: 'store', key, version: version as unknown as Json }, plan);
  }
}

function isNewer(a: Version, b: Version): boolean {
  return a.count === b.count ? a.by > b.by : a.count > b.count;
}
