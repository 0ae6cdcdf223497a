/**
 * How operations travel inside a report: columns of variable-length integers, in chunks that decode by
 * themselves. Shared by the builder and by the page, so nothing of Node and nothing of the browser is used.
 * A row is a whole operation, both halves; times are microseconds.
 */

/** Rows per chunk. */
export const CHUNK_ROWS = 65_536;

/** Columns in the order in which they are written. */
export const COLUMN_NAMES = [
  'index',
  'completion',
  'start',
  'duration',
  'process',
  'node',
  'kind',
  'key',
  'value',
  'result',
  'error',
] as const;

/** Name of a column. */
export type ColumnName = (typeof COLUMN_NAMES)[number];

/** Columns that only grow travel as differences. */
const GROWING: ReadonlySet<ColumnName> = new Set(['index', 'start']);

/**
 * One array per column.
 * - `index`: history index of the invocation; `completion`: distance to the completion's index, 0 for none
 * - `start`, `duration`: microseconds; the duration of an operation without completion is 0
 * - `kind`: function id * 4 + outcome; `node`, `error`: id + 1, 0 for none
 * - `key`, `value`: see `encodeNumber`; `result`: 0 when it is as invoked, otherwise a code + 1
 */
export type OpColumns = Record<ColumnName, ArrayLike<number>>;

/** The same, to decode into. */
export type MutableOpColumns = Record<ColumnName, { [index: number]: number }>;

/** Outcomes in the low two bits of `kind`. */
export const OUTCOMES = ['ok', 'fail', 'info', 'open'] as const;

/** Largest integer that travels as itself; everything else is a text. */
const INLINE_LIMIT = 2 ** 29;

/** Code of an absent key or a null value. */
export const ABSENT = 0;

/** Code of a small non-negative integer, or null when it has to travel as a text. */
export function encodeNumber(value: unknown): number | null {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= INLINE_LIMIT)
    return null;
  return Object.is(value, -0) ? null : value * 2 + 1;
}

/** Code of the text with this id. */
export function encodeText(id: number): number {
  return id * 2 + 2;
}

/** What a code stands for. */
export function decodeCode(code: number): { number: number } | { text: number } | null {
  if (code === ABSENT) return null;
  return code % 2 === 1 ? { number: (code - 1) / 2 } : { text: (code - 2) / 2 };
}

/** Bytes that grow as they are written. */
class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  varint(value: number): void {
    if (this.#length + 8 > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Encodes rows [from, to). Values must be integers in [0, 2^53). O(rows). */
export function encodeRows(columns: OpColumns, from: number, to: number): Uint8Array {
  return encodeTable(COLUMN_NAMES, GROWING, columns, from, to);
}

/** Encodes rows of any table, column by column; those that only grow as differences. O(rows). */
export function encodeTable<Name extends string>(
  names: readonly Name[],
  growing: ReadonlySet<Name>,
  columns: Readonly<Record<Name, ArrayLike<number>>>,
  from: number,
  to: number,
): Uint8Array {
  const writer = new ByteWriter();
  for (const name of names) {
    const column = columns[name];
    if (growing.has(name)) {
      let last = 0;
      for (let i = from; i < to; i++) {
        writer.varint(column[i]! - last);
        last = column[i]!;
      }
    } else {
      for (let i = from; i < to; i++) writer.varint(column[i]!);
    }
  }
  return writer.done();
}

/** Decodes `rows` rows into the columns from row `at` on. Throws RangeError when the bytes end too soon. */
export function decodeRows(bytes: Uint8Array, rows: number, into: MutableOpColumns, at: number): void {
  decodeTable(COLUMN_NAMES, GROWING, bytes, rows, into, at);
}

/** The same for any table. */
export function decodeTable<Name extends string>(
  names: readonly Name[],
  growingNames: ReadonlySet<Name>,
  bytes: Uint8Array,
  rows: number,
  into: Readonly<Record<Name, { [index: number]: number }>>,
  at: number,
): void {
  let offset = 0;
  for (const name of names) {
    const column = into[name];
    const growing = growingNames.has(name);
    let last = 0;
    for (let i = at; i < at + rows; i++) {
      let byte = bytes[offset++]!;
      let value = byte & 127;
      for (let scale = 128; byte > 127; scale *= 128) {
        byte = bytes[offset++]!;
        value += (byte & 127) * scale;
      }
      if (growing) {
        value += last;
        last = value;
      }
      column[i] = value;
    }
  }
  if (offset > bytes.length) throw new RangeError('a block of the report ends too soon');
}
