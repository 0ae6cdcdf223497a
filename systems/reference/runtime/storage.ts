/**
 * Storage of a reference node: one append-only journal file, replayed at the start. Records of one event are
 * written with one write and one fsync. A torn last line is what a kill in the middle of a write leaves; no
 * message ever relied on it, so it is cut off. A journal that has grown far beyond what it amounts to is written
 * anew, beside the old one, whose name it takes when it is complete.
 */
import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../../harness/op.ts';
import type { DurableLog, Storage } from '../api.ts';

/** One change: a named value, items appended to a log, a log cut to a length. */
export type Change = ['w', string, Json] | ['a', string, Json[]] | ['t', string, number];

/** Items of a log in one record of a journal that is written anew. */
const PIECE = 256;
/** A journal smaller than this is never written anew, bytes. */
const SMALL = 1 << 20;
/** Grown by this factor since it was last written anew, it is again: amortised, that doubles the work of writing. */
const GROWTH = 2;

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

  /** Changes that make what is held now out of nothing, in pieces. */
  protected *image(): Generator<Change> {
    for (const [name, value] of this.#values) yield ['w', name, value];
    for (const [name, { items }] of this.#logs) {
      for (let at = 0; at < items.length; at += PIECE) yield ['a', name, items.slice(at, at + PIECE)];
    }
  }

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
  readonly #directory: string;
  readonly #path: string;
  #file: number;
  #pending = '';
  /** Bytes of the journal, and those of the next one that is too long. */
  #size: number;
  #limit: number;

  /** Opens or creates; throws when the journal cannot be read or holds a broken line before its last. */
  constructor(directory: string) {
    super();
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'journal.jsonl');
    this.#directory = directory;
    this.#path = path;
    // One that was not complete when its process ended; the old one still counts.
    rmSync(fresh(path), { force: true });
    this.#file = openSync(path, 'a+');
    const bytes = readFileSync(path);
    const whole = bytes.lastIndexOf(0x0a) + 1;
    if (whole < bytes.length) ftruncateSync(this.#file, whole);
    const lines = bytes.toString('utf8', 0, whole).split('\n');
    lines.pop();
    for (const [i, line] of lines.entries()) this.apply(parse(line, path, i + 1));
    this.#size = whole;
    this.#limit = Math.max(SMALL, whole * GROWTH);
    syncDirectory(directory);
  }

  protected override recorded(change: Change): void {
    this.#pending += `${JSON.stringify(change)}\n`;
  }

  /** One write and one fsync for everything since the last commit. */
  override commit(): void {
    if (this.#pending === '') return;
    this.#size += writeAll(this.#file, this.#pending);
    this.#pending = '';
    fdatasyncSync(this.#file);
    if (this.#size > this.#limit) this.#compact();
  }

  /** Writes what the journal amounts to as a new one: a kill at any moment leaves the one or the other whole. */
  #compact(): void {
    const file = openSync(fresh(this.#path), 'w');
    let size = 0;
    for (const change of this.image()) size += writeAll(file, `${JSON.stringify(change)}\n`);
    fdatasyncSync(file);
    renameSync(fresh(this.#path), this.#path);
    syncDirectory(this.#directory);
    closeSync(this.#file);
    this.#file = file;
    this.#size = size;
    this.#limit = Math.max(SMALL, size * GROWTH);
  }
}

/** Name of a journal that is being written. */
function fresh(path: string): string {
  return `${path}.new`;
}

/** Writes a text at the end of what was written so far; returns its length in bytes. */
function writeAll(file: number, text: string): number {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
  return bytes.length;
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
