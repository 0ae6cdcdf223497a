/**
 * Storage of a reference node: one append-only journal file, replayed at the start. Records of one event are
 * written with one write and one fsync. A torn last line is what a kill in the middle of a write leaves; no
 * message ever relied on it, so it is cut off.
 */
import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../../harness/op.ts';
import type { DurableLog, Storage } from '../api.ts';

/** One change: a named value, items appended to a log, a log cut to a length. */
export type Change = ['w', string, Json] | ['a', string, Json[]] | ['t', string, number];

/** Storage that forgets at the end of the process; also the memory image of the durable one. */
export class MemoryStorage implements Storage {
  readonly #values = new Map<string, Json>();
  readonly #logs = new Map<string, MemoryLog>();

  read(name: string): Json | undefined {
    return this.#values.get(name);
  }

  write(name: string, value: Json): void {
    this.change(['w', name, value]);
  }

  log(name: string): DurableLog {
    return this.#log(name);
  }

  /** Called with every change after it was made; the durable storage records it. */
  protected recorded(_change: Change): void {}

  /** Applies one change to the memory image. */
  protected apply(change: Change): void {
    const [kind, name, what] = change;
    if (kind === 'w') this.#values.set(name, what);
    else if (kind === 'a') for (const item of what) this.#log(name).items.push(item);
    else this.#log(name).items.length = what;
  }

  protected change(change: Change): void {
    this.apply(change);
    this.recorded(change);
  }

  /** Everything written so far is durable when this returns; nothing to do in memory. */
  commit(): void {}

  #log(name: string): MemoryLog {
    let log = this.#logs.get(name);
    if (log === undefined) {
      log = new MemoryLog(name, (change) => this.change(change));
      this.#logs.set(name, log);
    }
    return log;
  }
}

/** A log held in memory; changes go through the storage so that they are recorded. */
class MemoryLog implements DurableLog {
  readonly items: Json[] = [];
  readonly #name: string;
  readonly #change: (change: Change) => void;

  constructor(name: string, change: (change: Change) => void) {
    this.#name = name;
    this.#change = change;
  }

  get length(): number {
    return this.items.length;
  }

  get(position: number): Json {
    const item = this.items[position];
    if (item === undefined) throw new RangeError(`log ${this.#name} has no item ${position}`);
    return item;
  }

  append(items: readonly Json[]): void {
    if (items.length > 0) this.#change(['a', this.#name, [...items]]);
  }

  truncate(length: number): void {
    if (!(length >= 0 && length <= this.items.length)) {
      throw new RangeError(`log ${this.#name} of ${this.items.length} items cannot be cut to ${length}`);
    }
    if (length < this.items.length) this.#change(['t', this.#name, length]);
  }
}

/** Storage in `<directory>/journal.jsonl`. */
export class FileStorage extends MemoryStorage {
  readonly #file: number;
  #pending = '';

  /** Opens or creates; throws when the journal cannot be read or holds a broken line before its last. */
  constructor(directory: string) {
    super();
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'journal.jsonl');
    this.#file = openSync(path, 'a+');
    const bytes = readFileSync(path);
    const whole = bytes.lastIndexOf(0x0a) + 1;
    if (whole < bytes.length) ftruncateSync(this.#file, whole);
    const lines = bytes.toString('utf8', 0, whole).split('\n');
    lines.pop();
    for (const [i, line] of lines.entries()) this.apply(parse(line, path, i + 1));
    syncDirectory(directory);
  }

  protected override recorded(change: Change): void {
    this.#pending += `${JSON.stringify(change)}\n`;
  }

  /** One write and one fsync for everything since the last commit. */
  override commit(): void {
    if (this.#pending === '') return;
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    let written = 0;
    while (written < bytes.length) written += writeSync(this.#file, bytes, written);
    fdatasyncSync(this.#file);
  }
}

function parse(line: string, path: string, number: number): Change {
  try {
    return JSON.parse(line) as Change;
  } catch {
    throw new Error(`${path} line ${number} is not a journal record`);
  }
}

/** Makes the journal's directory entry itself durable. */
function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fdatasyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
