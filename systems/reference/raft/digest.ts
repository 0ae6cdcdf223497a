/**
 * The log of a node as it shows it to observers: a digest of every entry, and of all entries up to it, so that an
 * observer can follow the log by what is new. Computed when asked for; nobody pays who is not observed.
 */
import type { Json } from '../../../harness/op.ts';
import type { RaftLog } from './log.ts';

/** Entries an answer holds at most. */
const PAGE = 512;

/** Digests of the log's entries; `cut` must be told whenever the tail is cut off. */
export class LogDigest {
  readonly #log: RaftLog;
  /** By position less 1: digest of the entry, and of the whole log up to it. */
  readonly #entries: string[] = [];
  readonly #upTo: string[] = [];

  constructor(log: RaftLog) {
    this.#log = log;
    log.onCut = (length) => this.#cut(length);
  }

  /** The log from a position on, as `System.observeLog` has it. O(new entries). */
  page(from: number): { [field: string]: Json } {
    this.#extend();
    const first = Math.max(1, Math.floor(from));
    const end = Math.min(this.#log.lastIndex, first + PAGE - 1);
    const entries: Json[] = [];
    for (let i = first; i <= end; i++) entries.push([this.#log.term(i), this.#entries[i - 1]!]);
    return {
      first,
      entries,
      last: this.#log.lastIndex,
      before: this.#digest(first - 1),
      after: this.#digest(Math.max(first - 1, end)),
    };
  }

  #digest(position: number): string | null {
    return position === 0 ? '' : (this.#upTo[position - 1] ?? null);
  }

  #extend(): void {
    for (let i = this.#entries.length + 1; i <= this.#log.lastIndex; i++) {
      const { term, command } = this.#log.entry(i);
      const digest = digestOf(JSON.stringify(command));
      this.#entries.push(digest);
      this.#upTo.push(digestOf(`${this.#upTo[i - 2] ?? ''} ${term} ${digest}`));
    }
  }

  #cut(length: number): void {
    this.#entries.length = Math.min(this.#entries.length, length);
    this.#upTo.length = this.#entries.length;
  }
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
