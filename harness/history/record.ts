/**
 * One operation as other tools write it, turned into ours: fields are checked and named in errors, process
 * names and error shapes are mapped. The slow and forgiving path that all text formats share.
 */
import type { Json, Op, OpError, Phase, Process } from '../op.ts';
import { suggest } from '../registry.ts';
import { type HistoryBuilder, HistoryError } from './builder.ts';
import { PHASE_NAMES, TYPE_CODES, TYPE_NAMES } from './columns.ts';
import { isOpError } from './line-scanner.ts';
import type { ReadOptions } from './read-result.ts';

/** Fields of an operation before anything is known about them. */
export type RawRecord = Record<string, Json | undefined>;

/** Processes of the harness keep their names; any other name is a client. */
const HARNESS_PROCESS = /^(nemesis|observer|cluster)(:|$)/;
/** Named clients get numbers from here on, clear of the numbers in common use. */
const FIRST_NAMED_CLIENT = 1_000_000;

/** Adds records to a builder, remembering what it had to bend for the notes. */
export class RecordSink {
  readonly builder: HistoryBuilder;
  readonly #independent: boolean;
  readonly #clients = new Map<string, number>();
  #untimed = 0;

  constructor(builder: HistoryBuilder, options: ReadOptions) {
    this.builder = builder;
    this.#independent = options.independent ?? false;
  }

  /** Checks a record and adds it. Throws `HistoryError` without a place; the reader knows file and line. */
  add(record: RawRecord): void {
    const index = this.builder.length;
    const type = this.#type(record['type'], index);
    const f = record['f'];
    if (typeof f !== 'string') {
      throw expected(index, 'f', 'the name of what was asked, such as "read"', f);
    }
    const op: Op = {
      index,
      time: this.#time(record['time'], index),
      process: this.#process(record['process'], index),
      type,
      f,
      value: record['value'] ?? null,
    };
    if (record['key'] !== undefined) op.key = record['key'];
    else if (this.#independent) this.#lift(op);
    if (record['node'] !== undefined && record['node'] !== null) {
      if (typeof record['node'] !== 'string') {
        throw expected(index, 'node', 'the name of a node', record['node']);
      }
      op.node = record['node'];
    }
    const error = record['error'];
    if (error !== undefined && error !== null) op.error = toOpError(error, type === 'fail');
    const phase = record['phase'];
    if (phase !== undefined && phase !== null) op.phase = toPhase(phase, index);
    this.builder.add(op);
  }

  /** The column value of a named process: a process of the harness, or a client that is known by name. */
  named(name: string): number {
    const process = this.#namedProcess(name);
    return this.builder.processColumn(process);
  }

  /** What had to be bent, for the reader's notes. */
  notes(): string[] {
    const notes: string[] = [];
    if (this.#untimed > 0) {
      notes.push(`${this.#untimed} operations have no time: their position in the file stands for it`);
    }
    if (this.#clients.size > 0) {
      const shown = [...this.#clients].slice(0, 3).map(([name, number]) => `${name} is ${number}`);
      const more = this.#clients.size > 3 ? '...' : '';
      notes.push(`${this.#clients.size} clients have names and were numbered: ${shown.join(', ')}${more}`);
    }
    return notes;
  }

  #type(type: Json | undefined, index: number): Op['type'] {
    if (typeof type === 'string' && TYPE_CODES.has(type)) return type as Op['type'];
    if (typeof type === 'string') {
      throw new HistoryError(index, `type is "${type}"`, { hint: suggest(type, TYPE_NAMES) });
    }
    throw expected(index, 'type', 'invoke, ok, fail or info', type);
  }

  #time(time: Json | undefined, index: number): number {
    if (time === undefined || time === null) {
      this.#untimed++;
      return index;
    }
    // Digits beyond every number are read as infinity.
    if (time === Number.POSITIVE_INFINITY || time === Number.NEGATIVE_INFINITY) {
      throw new HistoryError(index, 'time is no finite number', {
        hint: 'expected nanoseconds since the start',
      });
    }
    if (typeof time !== 'number') throw expected(index, 'time', 'nanoseconds since the start', time);
    return time;
  }

  #process(process: Json | undefined, index: number): Process {
    if (typeof process === 'number') return process;
    if (typeof process === 'string') return this.#namedProcess(process);
    throw expected(index, 'process', 'an integer or a name', process);
  }

  #namedProcess(name: string): Process {
    if (HARNESS_PROCESS.test(name)) return name;
    if (/^(0|[1-9]\d{0,8})$/.test(name)) return Number(name);
    let number = this.#clients.get(name);
    if (number === undefined) {
      number = FIRST_NAMED_CLIENT + this.#clients.size;
      this.#clients.set(name, number);
      this.builder.call(number, JSON.stringify(name));
    }
    return number;
  }

  #lift(op: Op): void {
    if (typeof op.process !== 'number') return;
    if (!Array.isArray(op.value) || op.value.length !== 2) return;
    op.key = op.value[0]!;
    op.value = op.value[1]!;
  }
}

/** An error as any tool may write it: ours, a word, `[word, details...]`, or anything else as its JSON. */
export function toOpError(error: Json, definite: boolean): OpError {
  if (isOpError(error)) return error;
  if (typeof error === 'string') {
    const kind = kebab(error);
    return kind === error ? { definite, kind } : { definite, kind, message: error };
  }
  if (Array.isArray(error) && typeof error[0] === 'string') {
    const rest = error.slice(1);
    const first = toOpError(error[0], definite);
    if (rest.length === 0) return first;
    const only = rest[0]!;
    const message = rest.length === 1 && typeof only === 'string' ? only : JSON.stringify(rest);
    return { definite, kind: first.kind, message };
  }
  return { definite, kind: 'error', message: JSON.stringify(error) };
}

/** A short word in kebab-case for grouping; long texts all become `error`. */
function kebab(text: string): string {
  const word = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return word.length > 0 && word.length <= 40 ? word : 'error';
}

function toPhase(phase: Json, index: number): Phase {
  if (typeof phase === 'string' && PHASE_NAMES.includes(phase as Phase)) return phase as Phase;
  throw new HistoryError(index, `phase is ${JSON.stringify(phase)}`, {
    hint: suggest(String(phase), PHASE_NAMES),
  });
}

function expected(index: number, field: string, what: string, got: Json | undefined): HistoryError {
  const found = got === undefined ? 'is missing' : `is ${JSON.stringify(got)}`;
  return new HistoryError(index, `${field} ${found}`, { hint: `expected ${what}` });
}
