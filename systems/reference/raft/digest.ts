/**
 * The log of a node as it shows it to observers: a digest of every entry, and of all entries up to it, so that an
 * observer can follow the log by what is new. Computed when asked for; nobody pays who is not observed.
 */
import type { Json } from '../../../harness/op.ts';
import type { LogListener, RaftLog } from './log.ts';

/** Entries an answer holds at most. */
const PAGE = 512;

/** Digests of the log's entries. */
export class LogDigest implements LogListener {
  readonly #log: RaftLog;
  /** By position after `#base`: digest of the entry, and of the whole log up to it. */
  readonly #entries: string[] = [];
  readonly #upTo: string[] = [];
  #base: number;
  /** Of everything up to `#base`. What was gone before anybody looked is known by its end alone. */
  #beforeAll: string;
  #observed = false;

  constructor(log: RaftLog) {
    this.#log = log;
    this.#base = log.base;
    this.#beforeAll = originOf(log.base, log.term(log.base));
    log.listen(this);
  }

  /** The log from a position on, as `System.observeLog` has it. O(new entries). */
  page(from: number): { [field: string]: Json } {
    this.#observed = true;
    this.#extend();
    const first = Math.max(this.#base + 1, Math.floor(from));
    const end = Math.min(this.#log.lastIndex, first + PAGE - 1);
    const entries: Json[] = [];
    for (let i = first; i <= end; i++) entries.push([this.#log.term(i), this.#entries[i - 1 - this.#base]!]);
    return {
      first,
      entries,
      last: this.#log.lastIndex,
      before: this.#digest(first - 1),
      after: this.#digest(Math.max(first - 1, end)),
    };
  }

  cut(lastIndex: number): void {
    this.#entries.length = Math.min(this.#entries.length, Math.max(0, lastIndex - this.#base));
    this.#upTo.length = this.#entries.length;
  }

  compacting(base: number): void {
    if (this.#observed) this.#extend();
    const gone = base - this.#base;
    this.#beforeAll = this.#observed ? this.#digest(base)! : originOf(base, this.#log.term(base));
    this.#entries.splice(0, gone);
    this.#upTo.splice(0, gone);
    this.#base = base;
  }

  replaced(base: number, baseTerm: number): void {
    this.#entries.length = 0;
    this.#upTo.length = 0;
    this.#base = base;
    this.#beforeAll = originOf(base, baseTerm);
  }

  #digest(position: number): string | null {
    return position === this.#base ? this.#beforeAll : (this.#upTo[position - 1 - this.#base] ?? null);
  }

  #extend(): void {
    for (let i = this.#base + this.#entries.length + 1; i <= this.#log.lastIndex; i++) {
      const { term, command } = this.#log.entry(i);
      const digest = digestOf(JSON.stringify(command));
      const before = this.#upTo.at(-1) ?? this.#beforeAll;
      this.#entries.push(digest);
      this.#upTo.push(digestOf(`${before} ${term} ${digest}`));
    }
  }
}

/** Stands for everything up to a position where its entries are not known. */
function originOf(base: number, term: number): string {
  return base === 0 ? '' : `${base}/${term}`;
}

/** 64 bits in base 36: two FNV-1a hashes of different beginnings. */
function digestOf(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
  }
  return `${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}
