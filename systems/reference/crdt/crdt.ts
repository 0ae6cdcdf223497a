/**
 * Replicated data that needs no coordination (Shapiro and others, "Conflict-free Replicated Data Types", 2011):
 * a counter and a set. A node changes its own state, answers, and sends round what others may not have of it; states
 * merge the same in whatever order and however often they arrive.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { Acquaintances, progressIn } from './acquaintances.ts';
import { Counter, type Entries } from './counter.ts';
import { ObservedRemoveSet, type SetState } from './or-set.ts';

/** The crdt program. */
export const crdt: ProgramKind = {
  name: 'crdt',
  settings: { gossipMs: { summary: 'time between two exchanges with a random peer', default: 100 } },
  bugs: ['sum-on-merge', 'shared-entry', 'forget-entry', 'one-number', 'no-graves', 'replace-state'],
  probes: ['merged-a-count', 'merged-a-grave', 'removed-twice', 'below-zero', 'came-back'],
  create: (config) => new Crdt(config),
};

const EMPTY: SetState = { tags: [], buried: [] };

class Crdt implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  readonly #counter: Counter;
  #set = new ObservedRemoveSet();
  #tags = 0;
  #life = '';
  #peers = new Acquaintances('');

  constructor(config: ProgramConfig) {
    this.#config = config;
    this.#counter = new Counter(config.bugs);
  }

  init(node: NodeHandle): void {
    this.#node = node;
    const boots = Number(node.storage.read('boots') ?? 0) + 1;
    node.storage.write('boots', boots);
    this.#life = `${node.id} ${boots}`;
    this.#peers = new Acquaintances(this.#life);
    const entries = (node.storage.read('counter') ?? {}) as unknown as Entries;
    if (this.#has('forget-entry')) delete entries[node.id];
    for (const [name, entry] of Object.entries(entries)) this.#counter.entries.set(name, entry);
    const log = node.storage.log('set');
    for (let i = 0; i < log.length; i++) this.#set.merge(log.get(i) as unknown as SetState);
    node.sometimes('came-back', boots > 1);
    node.setTimer('gossip', this.#config.settings['gossipMs'] as number);
  }

  onMessage(from: string, body: Body): void {
    if (!this.#node.peers.includes(from)) {
      this.#onClient({ from, body });
      return;
    }
    if (body.type !== 'state') return;
    const changed = this.#counter.merge(body['counter'] as unknown as Entries);
    const counted = Object.keys(changed).length > 0;
    this.#node.sometimes('merged-a-count', counted);
    this.#node.sometimes('below-zero', counted && this.#counter.value < 0);
    if (counted) this.#saveCounter();
    const set = body['set'] as unknown as SetState;
    if (this.#has('replace-state') && set.tags.length > 0) this.#set = new ObservedRemoveSet();
    const { buried } = this.#mergeSet(set);
    this.#node.sometimes('merged-a-grave', buried.length > 0);
    const progress = progressIn(body);
    if (progress !== null) this.#peers.heard(from, progress);
    if (body['answer'] === true) this.#sendState(from, false);
  }

  onTimer(): void {
    const { peers } = this.#node;
    if (peers.length > 0) this.#sendState(peers[Math.floor(this.#node.random() * peers.length)]!, true);
    this.#node.setTimer('gossip', this.#config.settings['gossipMs'] as number);
  }

  #has(bug: string): boolean {
    return this.#config.bugs.has(bug);
  }

  #sendState(peer: string, answer: boolean): void {
    const counter = Object.fromEntries(this.#counter.entries) as unknown as Json;
    const set = this.#set.since(this.#peers.has(peer)) as unknown as Json;
    const progress = this.#peers.progress(peer, this.#set.position) as unknown as Json;
    this.#node.send(peer, { type: 'state', counter, set, progress, answer });
  }

  #saveCounter(): void {
    this.#node.storage.write('counter', Object.fromEntries(this.#counter.entries) as unknown as Json);
  }

  /** Takes in a state; returns what was new in it. */
  #mergeSet(state: SetState): SetState {
    const fresh = this.#set.merge(state);
    if (fresh.tags.length + fresh.buried.length > 0)
      this.#node.storage.log('set').append([fresh as unknown as Json]);
    return fresh;
  }

  #onClient(request: Request): void {
    const { body } = request;
    const ok = (fields: Record<string, Json> = {}): void =>
      this.#node.reply(request, { type: `${body.type}_ok`, ...fields });
    const element = body['element'] ?? null;
    if (body.type === 'echo') ok({ echo: body['echo'] ?? null });
    else if (body.type === 'read') {
      ok({ value: body['object'] === 'counter' ? this.#counter.value : this.#set.elements });
    } else if (body.type === 'add' && typeof body['delta'] === 'number') {
      this.#counter.add(this.#has('shared-entry') ? 'all' : this.#node.id, body['delta']);
      this.#saveCounter();
      ok();
    } else if (body.type === 'add') {
      this.#mergeSet({ ...EMPTY, tags: [[`${this.#life} ${++this.#tags}`, element]] });
      ok();
    } else if (body.type === 'remove') {
      const tags = this.#set.tagsOf(element);
      this.#node.sometimes('removed-twice', tags.length === 0);
      if (tags.length === 0) this.#node.fail(request, 20, 'it is not there');
      else {
        if (this.#has('no-graves')) this.#set.forget(tags);
        else this.#mergeSet({ ...EMPTY, buried: tags });
        ok();
      }
    } else this.#node.fail(request, 10, `crdt does not know the operation ${body.type}`);
  }
}
