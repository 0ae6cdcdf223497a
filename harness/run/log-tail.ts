/**
 * Follows the replicated log of one node by what is new in it, so that a history holds every entry about once
 * however often it is asked. Where a node answers with digests of what stands before a page, a tail that was cut
 * off and rewritten is found by going back; where it always answers with the whole log, by comparing.
 */
import type { LogPage } from '../contracts.ts';
import { canonicalJson } from '../history/interner.ts';
import type { Json } from '../op.ts';

/** What the history holds of one reading of a node's log: the completion of `log` by `observer:<node>`. */
export interface LogObservation {
  /** Number of this reading among those of the node; they count from 1. */
  read: number;
  /**
   * Position of the first of `entries`. Every position before it stands as in the reading before this one, unless
   * that reading is missing, or `gap` says that nothing is known of them.
   */
  from: number;
  entries: readonly (readonly [term: number | null, value: Json])[];
  /** Term of the entry right before `from`, where it is known. */
  prevTerm?: number | null;
  last: number;
  commit: number;
  term?: number | null;
  leading?: boolean;
  life?: string;
  gap?: true;
}

/** A position up to which the log was read, and the node's digest of all of it. */
interface Mark {
  at: number;
  digest: string | null;
}

/** Steps back before it is given up for this time. */
const MAX_STEPS = 24;
/** Entries that are not committed are read again until they are, if they are no more than this. */
const MAX_AGAIN = 500;

/** One node's log as far as it was read. */
export class LogTail {
  #marks: Mark[] = [{ at: 0, digest: null }];
  #terms: (number | null)[] = [];
  /** Entries as texts, of systems that always show their whole log. */
  #texts: string[] = [];
  #commit = 0;
  #reads = 0;

  /**
   * Reads what is new. Reading begins at what was not yet known to be committed, so that whatever becomes
   * committed stands in the same observation. Rejects as `read` does, and when the log changes faster than it
   * can be followed; `isLate` then keeps what was read from counting as told.
   */
  async next(read: (from: number) => Promise<LogPage>, isLate: () => boolean): Promise<LogObservation> {
    let at = this.#start();
    for (let step = 0; step < MAX_STEPS; step++) {
      const mark = this.#marks[at]!;
      const page = await read(mark.at + 1);
      if (isLate()) break;
      if (page.before === undefined) return this.#whole(page);
      if (page.first !== mark.at + 1) return this.#afterGap(page);
      if (mark.at === 0 || page.before === mark.digest) return this.#follow(page, at);
      at = Math.max(0, at - 2 ** step);
    }
    throw new Error('the log could not be followed');
  }

  /** The last mark up to which all was known to be committed, or the last of all when that is too far back. */
  #start(): number {
    const end = this.#marks.length - 1;
    let at = end;
    while (at > 0 && this.#marks[at]!.at > this.#commit) at--;
    return this.#marks[end]!.at - this.#marks[at]!.at > MAX_AGAIN ? end : at;
  }

  #follow(page: LogPage, at: number): LogObservation {
    this.#marks.length = at + 1;
    this.#mark(page);
    return this.#told(page, page.first, page.entries);
  }

  #afterGap(page: LogPage): LogObservation {
    this.#marks = [{ at: 0, digest: null }];
    this.#mark(page);
    this.#terms = [];
    return { ...this.#told(page, page.first, page.entries), gap: true };
  }

  #mark(page: LogPage): void {
    if (page.entries.length === 0) return;
    this.#marks.push({ at: page.first + page.entries.length - 1, digest: page.after ?? null });
  }

  /** A page that holds all there is from `first` on: what differs from the last time, or all when it began later. */
  #whole(page: LogPage): LogObservation {
    if (page.first !== 1) return { ...this.#told(page, page.first, page.entries), gap: true };
    const texts = page.entries.map((entry) => canonicalJson(entry as unknown as Json));
    let same = 0;
    while (same < texts.length && texts[same] === this.#texts[same]) same++;
    this.#texts = texts;
    const from = Math.min(same, this.#commit) + 1;
    return this.#told(page, from, page.entries.slice(from - 1));
  }

  #told(page: LogPage, from: number, entries: LogPage['entries']): LogObservation {
    this.#commit = Math.min(page.commit, from + entries.length - 1);
    this.#terms.length = Math.min(this.#terms.length, from - 1);
    const prevTerm = this.#terms[from - 2];
    for (const [i, [term]] of entries.entries()) this.#terms[from - 1 + i] = term;
    return {
      read: ++this.#reads,
      from,
      entries,
      ...(prevTerm === undefined ? {} : { prevTerm }),
      last: page.last,
      commit: page.commit,
      ...(page.term === undefined ? {} : { term: page.term }),
      ...(page.leading === undefined ? {} : { leading: page.leading }),
      ...(page.life === undefined ? {} : { life: page.life }),
    };
  }
}
