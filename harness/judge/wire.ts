/**
 * A history on its way to a worker: the columns in shared memory, copied once for all workers, and the
 * interned names and values as plain lists in id order. Nothing else of a `History` can cross a thread.
 */
import { type Columns, History } from '../history/history.ts';
import { jsonInterner, stringInterner } from '../history/interner.ts';
import type { Json } from '../op.ts';

/** What a worker needs to rebuild a history; structured clone shares the columns and copies the lists. */
export interface HistoryWire {
  length: number;
  columns: Columns;
  names: string[];
  values: Json[];
}

/** The wire form of a history. O(n); the columns are copied into shared memory. */
export function toWire(history: History): HistoryWire {
  const c = history.columns;
  const names: string[] = [];
  for (let id = 0; id < history.names.size; id++) names.push(history.names.get(id));
  const values: Json[] = [];
  for (let id = 0; id < history.values.size; id++) values.push(history.values.get(id));
  return {
    length: history.length,
    columns: {
      types: bytes(c.types),
      times: doubles(c.times),
      processes: ints(c.processes),
      fs: ints(c.fs),
      keys: ints(c.keys),
      values: ints(c.values),
      nodes: ints(c.nodes),
      errors: ints(c.errors),
      phases: bytes(c.phases),
      pairs: ints(c.pairs),
    },
    names,
    values,
  };
}

/** The history a wire form stands for; ids stay the same. O(n) in the number of names and values. */
export function fromWire(wire: HistoryWire): History {
  const names = stringInterner();
  for (const name of wire.names) names.intern(name);
  const values = jsonInterner();
  for (const value of wire.values) values.intern(value);
  return new History(wire.length, wire.columns, names, values);
}

function bytes(column: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(column.byteLength));
  shared.set(column);
  return shared;
}

function ints(column: Int32Array): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(column.byteLength));
  shared.set(column);
  return shared;
}

function doubles(column: Float64Array): Float64Array {
  const shared = new Float64Array(new SharedArrayBuffer(column.byteLength));
  shared.set(column);
  return shared;
}
