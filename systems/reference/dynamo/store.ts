/**
 * The durable side of one Dynamo node: versions by key, its own write counters, and hints, which are versions
 * kept for a node that was away.
 */
import type { Json } from '../../../harness/op.ts';
import type { NodeHandle } from '../api.ts';
import type { Dot } from './causal.ts';
import { merged, sameVersions, type Version } from './versions.ts';

/** A version to hand to its home node. */
export interface Hint {
  id: number;
  home: string;
  key: string;
  versions: Version[];
}

/** What one node keeps. */
export class Store {
  readonly #node: NodeHandle;
  readonly #keys = new Map<string, Version[]>();
  readonly #counters = new Map<string, number>();
  #hints: Hint[];
  #hintCount = 0;
  /** How siblings are reduced when versions meet. */
  readonly #reduce: (versions: Version[]) => Version[];
  readonly #forgetCounters: boolean;

  constructor(node: NodeHandle, reduce: (versions: Version[]) => Version[], forgetCounters: boolean) {
    this.#node = node;
    this.#reduce = reduce;
    this.#forgetCounters = forgetCounters;
    const log = node.storage.log('keys');
    for (let i = 0; i < log.length; i++) {
      const [key, versions] = log.get(i) as unknown as [string, Version[]];
      this.#keys.set(key, versions);
    }
    this.#hints = (node.storage.read('hints') ?? []) as unknown as Hint[];
    for (const hint of this.#hints) this.#hintCount = Math.max(this.#hintCount, hint.id);
  }

  keys(): IterableIterator<[string, Version[]]> {
    return this.#keys.entries();
  }

  get(key: string): Version[] {
    return this.#keys.get(key) ?? [];
  }

  /** What it holds of a key for itself and for nodes that are away. */
  known(key: string): Version[] {
    let versions = this.get(key);
    for (const hint of this.#hints) if (hint.key === key) versions = merged(versions, hint.versions);
    return versions;
  }

  /** Takes versions in; what they supersede goes. True when anything was new. */
  put(key: string, versions: readonly Version[]): boolean {
    const held = this.get(key);
    const next = this.#reduce(merged(held, versions));
    if (sameVersions(held, next)) return false;
    this.#node.sometimes('kept-siblings', next.length > 1);
    this.#keys.set(key, next);
    this.#node.storage.log('keys').append([[key, next] as unknown as Json]);
    return true;
  }

  /** The next write of this node to a key. Never the same twice, whatever happens to the node. */
  nextDot(key: string): Dot {
    const name = `counter ${key}`;
    const saved = this.#forgetCounters ? 0 : Number(this.#node.storage.read(name) ?? 0);
    const n = Math.max(saved, this.#counters.get(key) ?? 0) + 1;
    this.#counters.set(key, n);
    this.#node.storage.write(name, n);
    return [this.#node.id, n];
  }

  get hints(): readonly Hint[] {
    return this.#hints;
  }

  /** Keeps versions for a node that is away. */
  addHint(home: string, key: string, versions: Version[]): void {
    this.#node.sometimes('stood-in');
    // A new list: the one that was stored must not change any more.
    this.#hints = [...this.#hints, { id: ++this.#hintCount, home, key, versions }];
    this.#saveHints();
  }

  /** The home node has it. It may say so several times: only the first costs a write. */
  dropHint(id: number): void {
    const left = this.#hints.filter((hint) => hint.id !== id);
    if (left.length === this.#hints.length) return;
    this.#node.sometimes('handed-over');
    this.#hints = left;
    this.#saveHints();
  }

  #saveHints(): void {
    this.#node.storage.write('hints', this.#hints as unknown as Json);
  }
}
