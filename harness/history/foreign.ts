/**
 * Feeds records of other tools' histories to a builder. Some histories, made for transaction checkers, hold
 * completions only; then the invocations are made up so that they claim nothing: each as early as its
 * process allows.
 */
import type { Json } from '../op.ts';
import { HistoryBuilder, HistoryError } from './builder.ts';
import type { ReadOptions, ReadResult } from './read-result.ts';
import { type RawRecord, RecordSink } from './record.ts';

/** Words an error with the place of its record. */
type Placed = (error: HistoryError) => HistoryError;

interface Held {
  record: RawRecord;
  placed: Placed;
}

/** Takes records in order, then gives the history. */
export class ForeignHistory {
  readonly #sink: RecordSink;
  /** Records of a history that began with a completion; null for a normal one. */
  #completions: Held[] | null = null;
  #started = false;

  constructor(options: ReadOptions) {
    this.#sink = new RecordSink(new HistoryBuilder(), options);
  }

  /** The next record; `placed` is used when it turns out to be wrong, now or at the end. */
  add(record: RawRecord, placed: Placed): void {
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
