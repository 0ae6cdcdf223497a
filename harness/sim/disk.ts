/**
 * The disk of one simulated node: what the program sees at once, what is durable, and the writes in between.
 * Writes of one event are one sync; what an event sent leaves when its writes are durable. A crash loses what
 * was not, or keeps the beginning of it, torn in the middle of a batch.
 */
import type { DiskTrouble } from '../link-data.ts';
import type { Json } from '../op.ts';
import type { DurableLog, Storage } from '../program.ts';
import { type Isolation, isolate } from './isolation.ts';

/** One change: a value written, items appended to a log, a log cut to a length. */
type Change =
  | { kind: 'write'; name: string; value: Json }
  | { kind: 'append'; name: string; items: readonly Json[] }
  | { kind: 'truncate'; name: string; length: number };

/**
 * Values and logs by name. What the program sees and what is durable are two images that share nothing a program
 * could change: what it does to a value it has read is not on disk.
 */
class Image {
  readonly values = new Map<string, Json>();
  readonly logs = new Map<string, Json[]>();
  readonly #isolation: Isolation;

  constructor(isolation: Isolation) {
    this.#isolation = isolation;
  }

  log(name: string): Json[] {
    let items = this.logs.get(name);
    if (items === undefined) this.logs.set(name, (items = []));
    return items;
  }

  /** Takes a change in, its values as they are. */
  take(change: Change): void {
    if (change.kind === 'write') this.values.set(change.name, change.value);
    else if (change.kind === 'truncate') this.log(change.name).length = change.length;
    else {
      const items = this.log(change.name);
      for (const item of change.items) items.push(item);
    }
  }

  /** Takes a change in that somebody else will take in as well. */
  share(change: Change): void {
    const how = this.#isolation;
    if (how === 'freeze' || change.kind === 'truncate') this.take(change);
    else if (change.kind === 'write') this.values.set(change.name, isolate(change.value, how));
    else {
      const items = this.log(change.name);
      for (const item of change.items) items.push(isolate(item, how));
    }
  }

  /** Logs keep their arrays: whoever holds one goes on holding the right one. */
  copyFrom(other: Image): void {
    this.values.clear();
    const how = this.#isolation;
    for (const [name, value] of other.values) this.values.set(name, isolate(value, how));
    for (const items of this.logs.values()) items.length = 0;
    for (const [name, items] of other.logs) {
      const own = this.log(name);
      for (const item of items) own.push(isolate(item, how));
    }
  }
}

/** No changes; never added to. A list of one is made as such, for one that has to grow takes room for seventeen. */
const NOTHING: Change[] = [];

/** Storage of one node over all its lives. */
export class SimDisk implements Storage {
  trouble: DiskTrouble = {};
  /** Syncs begun so far, and those of them that met trouble. */
  syncs = 0;
  hits = 0;
  readonly #seen: Image;
  readonly #durable: Image;
  readonly #isolation: Isolation;
  readonly #logs = new Map<string, SimLog>();
  /** Written by the event that runs. */
  #changes = NOTHING;
  /** Being synced, or acknowledged by a disk that lies; oldest first. */
  #loose = NOTHING;
  /** Changes of syncs so far that are durable. */
  #durableCount = 0;

  constructor(isolation: Isolation) {
    this.#seen = new Image(isolation);
    this.#durable = new Image(isolation);
    this.#isolation = isolation;
  }

  /** True when the event that runs has written something. */
  get dirty(): boolean {
    return this.#changes.length > 0;
  }

  read(name: string): Json | undefined {
    return this.#seen.values.get(name);
  }

  write(name: string, value: Json): void {
    this.#change({ kind: 'write', name, value: isolate(value, this.#isolation) });
  }

  log(name: string): DurableLog {
    let log = this.#logs.get(name);
    if (log === undefined) {
      const change = (what: Change): void => this.#change(what);
      log = new SimLog(name, this.#seen.log(name), change, this.#isolation);
      this.#logs.set(name, log);
    }
    return log;
  }

  /** Begins to sync what the event wrote; returns the mark to give to `synced`. */
  beginSync(): number {
    this.#loosen();
    this.syncs++;
    if (isTroubled(this.trouble)) this.hits++;
    return this.#durableCount + this.#loose.length;
  }

  /** The sync with this mark has ended: everything before it is durable, unless the disk lies. */
  synced(mark: number): void {
    if (this.trouble.lies === true) return;
    const count = mark - this.#durableCount;
    const loose = this.#loose;
    for (let i = 0; i < count; i++) this.#durable.take(loose[i]!);
    if (count === loose.length) this.#loose = NOTHING;
    else loose.splice(0, count);
    this.#durableCount = mark;
  }

  /**
   * Power is gone. `keep` in [0, 1] is the share of what was not durable that had reached the disk all the
   * same, oldest first; a batch of log items may be torn. The next life sees what is durable then.
   */
  crash(keep: number): void {
    this.#loosen();
    const kept = keep * this.#loose.length;
    const whole = Math.floor(kept);
    for (let i = 0; i < whole; i++) this.#durable.take(this.#loose[i]!);
    const torn = this.#loose[whole];
    if (torn?.kind === 'append') {
      const items = torn.items.slice(0, Math.floor((kept - whole) * torn.items.length));
      this.#durable.take({ ...torn, items });
    }
    this.#loose = NOTHING;
    this.#seen.copyFrom(this.#durable);
  }

  #change(change: Change): void {
    this.#seen.share(change);
    if (this.#changes === NOTHING) this.#changes = [change];
    else this.#changes.push(change);
  }

  /** What the event wrote is no longer its own. */
  #loosen(): void {
    if (this.#loose === NOTHING) this.#loose = this.#changes;
    else for (const change of this.#changes) this.#loose.push(change);
    this.#changes = NOTHING;
  }
}

/** A log as the program sees it, over the items of the image. */
class SimLog implements DurableLog {
  readonly #name: string;
  readonly #items: readonly Json[];
  readonly #change: (change: Change) => void;
  readonly #isolation: Isolation;

  constructor(name: string, items: readonly Json[], change: (change: Change) => void, isolation: Isolation) {
    this.#name = name;
    this.#items = items;
    this.#change = change;
    this.#isolation = isolation;
  }

  get length(): number {
    return this.#items.length;
  }

  get(position: number): Json {
    const item = this.#items[position];
    if (item === undefined) throw new RangeError(`log ${this.#name} has no item ${position}`);
    return item;
  }

  append(items: readonly Json[]): void {
    if (items.length === 0) return;
    const own = items.map((item) => isolate(item, this.#isolation));
    this.#change({ kind: 'append', name: this.#name, items: own });
  }

  truncate(length: number): void {
    const held = this.length;
    if (!(length >= 0 && length <= held)) {
      throw new RangeError(`log ${this.#name} of ${held} items cannot be cut to ${length}`);
    }
    if (length < held) this.#change({ kind: 'truncate', name: this.#name, length });
  }
}

/** True when something is wrong. */
export function isTroubled({ slowMs = 0, fails, lies }: DiskTrouble): boolean {
  return slowMs > 0 || fails === true || lies === true;
}
