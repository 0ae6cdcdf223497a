/**
 * Feeds records of other tools' histories to a builder. Some histories, made for transaction checkers, hold
 * completions only; then the invocations are made up so that they claim nothing: each as early as its
 * process allows.
 */
import type { Json } from '../op.ts';
import { HistoryBuilder, HistoryError } from './builder.ts';
import { type Indexed, IndexOrder, indexOf, inIndexOrder, SORTED_NOTE } from './order.ts';
import type { ReadOptions, ReadResult } from './read-result.ts';
import { type RawRecord, RecordSink } from './record.ts';

/** Words an error with the place of its record. */
type Placed = (error: HistoryError) => HistoryError;

interface Held {
  record: RawRecord;
  placed: Placed;
}

interface Sortable extends Indexed {
  record: RawRecord;
}

/**
 * Parses records into a history: as they stand, and where that makes no sense and they have indexes in another
 * order, by those. `parse` is given what takes the records, once or twice.
 */
export function byIndexAtLast(
  options: ReadOptions,
  parse: (history: ForeignHistory, notes: string[]) => void,
): ReadResult {
  const attempt = (history: ForeignHistory): ReadResult => {
    const notes: string[] = [];
    parse(history, notes);
    return history.end(notes);
  };
  try {
    return attempt(new ForeignHistory(options));
  } catch (cause) {
    if (!(cause instanceof HistoryError)) throw cause;
    return attempt(new ForeignHistory(options, cause));
  }
}

/** Takes records in order, then gives the history. */
export class ForeignHistory {
  readonly #sink: RecordSink;
  /** Records of a history that began with a completion; null for a normal one. */
  #completions: Held[] | null = null;
  #started = false;
  readonly #order = new IndexOrder();
  /** What was wrong with the order in which records come; null as long as nothing was. */
  readonly #cause: HistoryError | null;
  readonly #unsorted: Sortable[] = [];

  /** With a `cause`, records are put into the order of their indexes; it is thrown at the end when they are in it. */
  constructor(options: ReadOptions, cause: HistoryError | null = null) {
    this.#sink = new RecordSink(new HistoryBuilder(), options);
    this.#cause = cause;
  }

  /** The next record; `placed` is used when it turns out to be wrong, now or at the end; `where` says its place. */
  add(record: RawRecord, placed: Placed, where: () => string): void {
    const index = indexOf(record['index']);
    if (this.#cause !== null) {
      this.#unsorted.push({ record, index, placed, where });
      return;
    }
    try {
      if (index !== null) this.#order.next(index, this.#sink.builder.length);
    } catch (error) {
      throw error instanceof HistoryError ? placed(error) : error;
    }
    this.#take(record, placed);
  }

  #take(record: RawRecord, placed: Placed): void {
    if (!this.#started && typeof record['process'] !== 'string') {
      this.#started = true;
      if (record['type'] !== 'invoke' && typeof record['type'] === 'string') this.#completions = [];
    }
    if (this.#completions === null) this.#add(record, placed);
    else if (record['type'] !== 'invoke') this.#completions.push({ record, placed });
    else {
      // It has invocations after all: what stood before this one lacks its own.
      const held = this.#completions;
      this.#completions = null;
      for (const each of held) this.#add(each.record, each.placed);
      this.#add(record, placed);
    }
  }

  /** The history, with the reader's own notes first. */
  end(notes: string[] = []): ReadResult {
    if (this.#cause !== null) {
      const sorted = inIndexOrder(this.#unsorted);
      if (sorted === null) throw this.#cause;
      for (const { record, placed } of sorted) this.#take(record, placed);
      notes.push(SORTED_NOTE);
    }
    if (this.#completions !== null && this.#completions.length > 0) {
      this.#invent(this.#completions);
      notes.push(
        'this history has completions only: each operation is taken to begin as early as its process allows, so nothing follows from real time',
      );
    }
    return { history: this.#sink.builder.build(), notes: [...notes, ...this.#sink.notes()] };
  }

  #add(record: RawRecord, placed: Placed): void {
    try {
      this.#sink.add(record);
    } catch (error) {
      throw error instanceof HistoryError ? placed(error) : error;
    }
  }

  #invent(completions: readonly Held[]): void {
    const queues = new Map<Json, { items: Held[]; next: number }>();
    const items = completions.map(({ record, placed }, i) => {
      const process = record['process'] ?? i;
      const item = { record: { ...record, process }, placed };
      const queue = queues.get(process);
      if (queue === undefined) queues.set(process, { items: [item], next: 0 });
      else queue.items.push(item);
      return item;
    });
    const invokeNext = (queue: { items: Held[]; next: number }): void => {
      const item = queue.items[queue.next++];
      if (item === undefined) return;
      const { record, placed } = item;
      const value = asked(record['value'] ?? null);
      this.#add({ ...record, type: 'invoke', value, error: undefined }, placed);
    };
    for (const queue of queues.values()) invokeNext(queue);
    for (const item of items) {
      this.#add(item.record, item.placed);
      invokeNext(queues.get(item.record['process']!)!);
    }
  }
}

/** What a completed transaction must have asked: the same, its reads still empty. */
function asked(value: Json): Json {
  if (!Array.isArray(value)) return value;
  return value.map((op) =>
    Array.isArray(op) && op[0] === 'r' && op.length === 3 ? ['r', op[1]!, null] : op,
  );
}
