/**
 * History -> rows of whole client operations in columns, ready for the codec, with texts for what is not a
 * small integer. Where a page cannot hold all of them (`fit.ts`) they are an even sample and what must be there.
 */
import { type History, NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { eachInvocation, outcomeAt } from '../derive/operations.ts';
import { json } from '../format.ts';
import { record, text } from '../read-json.ts';
import { CHUNK_ROWS, COLUMN_NAMES, type ColumnName, encodeNumber, encodeText, OUTCOMES } from './codec.ts';

/** Most rows in one file. */
export const ROW_LIMIT = 3_000_000;
/** Longest text of a key or value in the page, in characters; the history has the whole. */
export const TEXT_LIMIT = 300;
/** Most characters of all texts together: what a page and the process that builds it can well hold in memory. */
const TEXT_ROOM = 40_000_000;
const ERROR_LIMIT = 2000;

/** Rows and the dictionaries they refer to. */
export interface Rows {
  count: number;
  /** Operations in the run. */
  total: number;
  columns: Record<ColumnName, Float64Array | Int32Array>;
  functions: string[];
  nodeNames: string[];
  errors: string[];
  /** Texts first used in each chunk, in order of their ids. */
  texts: string[][];
  /** Share of the rows whose texts all found room; below 1 the rows are too many, and of no use. */
  texted: number;
}

/** History indexes of either half of operations that rows must have. */
export interface Needed {
  has(index: number): boolean;
  /** How many at most. */
  readonly size: number;
}

/**
 * Columns of at most `limit` client operations, evenly spread over the run, and of those that are `needed`; values are cut
 * to `textLimit` characters. O(n).
 */
export function rowsOf(history: History, needed: Needed, limit = ROW_LIMIT, textLimit = TEXT_LIMIT): Rows {
  let total = 0;
  eachInvocation(history, () => total++);
  const share = Math.min(1, limit / Math.max(1, total));
  const columns = allocate(Math.min(total, limit + needed.size));
  const texts = new Texts(history, textLimit);
  const errors = new Errors(history);
  const names = { functions: new Map<number, number>(), nodes: new Map<number, number>() };
  const cs = history.columns;
  let row = 0;
  let seen = 0;
  let textedRows = 0;
  eachInvocation(history, (i) => {
    const pair = cs.pairs[i]!;
    const even = share === 1 || Math.floor((seen + 1) * share) > Math.floor(seen * share);
    seen++;
    if (!even && !needed.has(i) && !needed.has(pair)) return;
    if (row % CHUNK_ROWS === 0) texts.nextChunk();
    const outcome = OUTCOMES.indexOf(outcomeAt(history, i));
    const start = Math.floor(cs.times[i]! / 1000);
    columns.index[row] = i;
    columns.completion[row] = pair === NONE ? 0 : pair - i;
    columns.start[row] = start;
    columns.duration[row] = pair === NONE ? 0 : Math.floor(cs.times[pair]! / 1000) - start;
    columns.process[row] = cs.processes[i]!;
    const node = cs.nodes[i]! === NONE && pair !== NONE ? cs.nodes[pair]! : cs.nodes[i]!;
    columns.node[row] = node === NONE ? 0 : number(names.nodes, node) + 1;
    columns.kind[row] = number(names.functions, cs.fs[i]!) * 4 + outcome;
    columns.key[row] = cs.keys[i] === NONE ? 0 : texts.code(cs.keys[i]!);
    columns.value[row] = texts.code(cs.values[i]!);
    const same = pair === NONE || cs.values[pair] === cs.values[i];
    columns.result[row] = same ? 0 : texts.code(cs.values[pair]!) + 1;
    columns.error[row] = pair === NONE || cs.errors[pair] === NONE ? 0 : errors.id(cs.errors[pair]!) + 1;
    row++;
    if (!texts.full) textedRows = row;
  });
  const named = (ids: Map<number, number>): string[] => [...ids.keys()].map((id) => history.names.get(id));
  return {
    count: row,
    total,
    columns,
    functions: named(names.functions),
    nodeNames: named(names.nodes),
    errors: errors.texts,
    texts: texts.chunks,
    texted: row === 0 ? 1 : textedRows / row,
  };
}

function allocate(rows: number): Record<ColumnName, Float64Array | Int32Array> {
  const wide: readonly ColumnName[] = ['start', 'duration'];
  const made = COLUMN_NAMES.map((name) => [
    name,
    wide.includes(name) ? new Float64Array(rows) : new Int32Array(rows),
  ]);
  return Object.fromEntries(made) as Record<ColumnName, Float64Array | Int32Array>;
}

function number(ids: Map<number, number>, id: number): number {
  let own = ids.get(id);
  if (own === undefined) ids.set(id, (own = ids.size));
  return own;
}

/** Codes of interned values; texts are numbered as they first appear. */
class Texts {
  readonly chunks: string[][] = [];
  readonly #history: History;
  readonly #limit: number;
  readonly #codes = new Map<number, number>();
  #count = 0;
  #used = 0;

  constructor(history: History, limit: number) {
    this.#history = history;
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#used > TEXT_ROOM;
  }

  nextChunk(): void {
    this.chunks.push([]);
  }

  code(id: number): number {
    const value = this.#history.values.get(id);
    if (value === null) return 0;
    const inline = encodeNumber(value);
    if (inline !== null) return inline;
    let code = this.#codes.get(id);
    if (code === undefined) this.#codes.set(id, (code = encodeText(this.#add(value))));
    return code;
  }

  #add(value: Json): number {
    if (this.full) return 0;
    const words = json(value, this.#limit);
    this.chunks.at(-1)!.push(words);
    this.#used += words.length;
    return this.#count++;
  }
}

/** Errors in words; many differ only by message, so past a limit only the kind is told apart. */
class Errors {
  readonly texts: string[] = [];
  readonly #history: History;
  readonly #ids = new Map<number, number>();
  readonly #byText = new Map<string, number>();

  constructor(history: History) {
    this.#history = history;
  }

  id(value: number): number {
    let id = this.#ids.get(value);
    if (id === undefined) this.#ids.set(value, (id = this.#add(value)));
    return id;
  }

  #add(value: number): number {
    const error = record(this.#history.values.get(value));
    const kind = text(error['kind'], 'unnamed');
    const message = text(error['message']);
    const full = message === '' || message === kind ? kind : `${kind}: ${message}`;
    const words = (this.texts.length < ERROR_LIMIT ? full : kind).slice(0, TEXT_LIMIT);
    let id = this.#byText.get(words);
    if (id === undefined) {
      id = this.texts.push(words) - 1;
      this.#byText.set(words, id);
    }
    return id;
  }
}

/** Row of the operation invoked at a history index, by binary search; -1 when it is not among the rows. */
export function rowOf(rows: Rows, index: number): number {
  const { index: column } = rows.columns;
  let low = 0;
  let high = rows.count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (column[middle] === index) return middle;
    if (column[middle]! < index) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
