/**
 * The disk of one simulated node: what the program sees at once, what is durable, and the writes in between.
 * Writes of one event are one sync; what an event sent leaves when its writes are durable. A crash loses what
 * was not, or keeps the beginning of it, torn in the middle of a batch.
 */
import type { DiskTrouble, PowerLoss } from '../link-data.ts';
import type { Json } from '../op.ts';
import type { DurableLog, Storage } from '../program.ts';
import { type Isolation, isolate } from './isolation.ts';
import { type ArmedCut, isNamed, Refusals } from './refusals.ts';

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
  /** Syncs begun so far, and what met trouble: syncs, writes that were refused, reads. */
  syncs = 0;
  hits = 0;
  /** Power that is going to fail at a sync. */
  armed: ArmedCut | null = null;
  #trouble: DiskTrouble = {};
  #refusals: Refusals | null = null;
  /** True where reads meet trouble; they do not look any further otherwise. */
  #onReads = false;
  /** Reads of the event that runs, where they take longer. */
  #slowReads = 0;
  /** Chances of refusals taken so far. */
  #chances = 0;
  readonly #draw: (n: number) => number;
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

  /** `draw` gives the n-th chance of a refusal, in [0, 1). */
  constructor(isolation: Isolation, draw: (n: number) => number = () => 0) {
    this.#seen = new Image(isolation);
    this.#durable = new Image(isolation);
    this.#isolation = isolation;
    this.#draw = draw;
  }

  /** What is wrong with it; empty: nothing. */
  get trouble(): DiskTrouble {
    return this.#trouble;
  }

  set trouble(trouble: DiskTrouble) {
    this.#trouble = trouble;
    this.#refusals = Object.keys(trouble).length === 0 ? null : new Refusals(trouble);
    this.#onReads = this.#refusals?.onReads ?? false;
  }

  /** True when the event that runs has written something, or read slowly: what it sent waits. */
  get busy(): boolean {
    return this.#changes.length > 0 || this.#slowReads > 0;
  }

  /** Why the disk does not take what the event that runs wrote; null: it takes it. */
  refusal(): string | null {
    const refused = this.#refusals?.ofChanges(this.#changes, () => this.#draw(this.#chances++)) ?? null;
    if (refused !== null) this.hits++;
    return refused;
  }

  /** What the sync that begins takes longer for the trouble there is, ms. */
  get slownessMs(): number {
    if (this.#refusals === null) return 0;
    const { slowMs = 0, slowWritesMs = 0, slowReadsMs = 0 } = this.#trouble;
    const changes = this.#changes.length;
    return (changes > 0 ? slowMs : 0) + changes * slowWritesMs + this.#slowReads * slowReadsMs;
  }

  /** Takes the power at the sync that is about to begin, if it is to fail there; true when it did. */
  losesPower(): boolean {
    const { armed } = this;
    if (armed === null || !this.#changes.some(({ name }) => isNamed(name, armed.path))) return false;
    if (--armed.atSync > 0) return false;
    this.armed = null;
    armed.strike();
    return true;
  }

  /** What a loss of power would take now, `keep` as in `crash`. */
  lossAt(keep: number): PowerLoss {
    const all = [...this.#loose, ...this.#changes];
    const lost = all.slice(Math.floor(keep * all.length));
    const appended = lost.filter((change) => change.kind === 'append').flatMap(({ items }) => items);
    return {
      unsyncedFiles: new Set(all.map(({ name }) => name)).size,
      files: new Set(lost.map(({ name }) => name)).size,
      blocks: lost.filter(({ kind }) => kind !== 'append').length,
      bytes: appended.reduce((sum: number, item) => sum + JSON.stringify(item).length, 0),
      names: 0,
      problems: 0,
    };
  }

  read(name: string): Json | undefined {
    if (this.#onReads) this.#meetRead(name);
    return this.#seen.values.get(name);
  }

  write(name: string, value: Json): void {
    this.#change({ kind: 'write', name, value: isolate(value, this.#isolation) });
  }

  log(name: string): DurableLog {
    let log = this.#logs.get(name);
    if (log === undefined) {
      const change = (what: Change): void => this.#change(what);
      const read = (): void => {
        if (this.#onReads) this.#meetRead(name);
      };
      log = new SimLog(name, this.#seen.log(name), { change, read }, this.#isolation);
      this.#logs.set(name, log);
    }
    return log;
  }

  /** Begins to sync what the event wrote; returns the mark to give to `synced`. */
  beginSync(): number {
    if (this.#refusals !== null && (this.slownessMs > 0 || this.#trouble.lies === true)) this.hits++;
    this.#loosen();
    this.#slowReads = 0;
    this.syncs++;
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
    this.#slowReads = 0;
    this.#seen.copyFrom(this.#durable);
  }

  /** Throws as a read that the disk refuses. */
  #meetRead(name: string): void {
    const refused = this.#refusals!.ofRead(name, () => this.#draw(this.#chances++));
    if (refused !== null) {
      this.hits++;
      throw new Error(refused);
    }
    if ((this.#trouble.slowReadsMs ?? 0) > 0) this.#slowReads++;
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
  readonly #read: () => void;
  readonly #isolation: Isolation;

  constructor(
    name: string,
    items: readonly Json[],
    { change, read }: { change: (change: Change) => void; read: () => void },
    isolation: Isolation,
  ) {
    this.#name = name;
    this.#items = items;
    this.#change = change;
    this.#read = read;
    this.#isolation = isolation;
  }

  get length(): number {
    return this.#items.length;
  }

  get(position: number): Json {
    this.#read();
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
