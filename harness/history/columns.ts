/**
 * The columns of a history: their codes, and making, growing, cutting and copying them as a whole.
 */
import type { OpType, Phase } from '../op.ts';

/** Code of invocations in the `types` column. */
export const INVOKE = 0;
/** Code of completions that took effect. */
export const OK = 1;
/** Code of completions that did not and never will. */
export const FAIL = 2;
/** Code of completions nobody knows about. */
export const INFO = 3;

/** Op types by code. */
export const TYPE_NAMES: readonly OpType[] = ['invoke', 'ok', 'fail', 'info'];
/** Codes by op type. */
export const TYPE_CODES: ReadonlyMap<string, number> = new Map(TYPE_NAMES.map((name, code) => [name, code]));
/** Phases by code. */
export const PHASE_NAMES: readonly Phase[] = ['setup', 'load', 'heal', 'settle', 'final'];

/** No value: an absent key, node, error, or an unpaired operation. */
export const NONE = -1;
/** No phase, in the `phases` column. */
export const NO_PHASE = 255;

/** The raw columns; every array has one entry per operation, in history order. */
export interface Columns {
  types: Uint8Array;
  /** Nanoseconds since the run started. */
  times: Float64Array;
  /** Client processes are >= 0; a negative process p is the named one `names.get(-1 - p)`. */
  processes: Int32Array;
  /** Ids in `names`. */
  fs: Int32Array;
  /** Ids in `values`, or NONE. */
  keys: Int32Array;
  values: Int32Array;
  /** Ids in `names`, or NONE. */
  nodes: Int32Array;
  /** Ids in `values` of the error objects, or NONE. */
  errors: Int32Array;
  /** Codes in PHASE_NAMES, or NO_PHASE. */
  phases: Uint8Array;
  /** Index of the other half: completion of an invocation, invocation of a completion; NONE if there is none. */
  pairs: Int32Array;
}

/** Makes the memory of one column. */
export type Allocate = (bytes: number) => ArrayBufferLike;

/** Zeroed columns for so many operations. */
export function allocateColumns(
  capacity: number,
  allocate: Allocate = (bytes) => new ArrayBuffer(bytes),
): Columns {
  const ints = (): Int32Array => new Int32Array(allocate(capacity * 4));
  return {
    types: new Uint8Array(allocate(capacity)),
    times: new Float64Array(allocate(capacity * 8)),
    processes: ints(),
    fs: ints(),
    keys: ints(),
    values: ints(),
    nodes: ints(),
    errors: ints(),
    phases: new Uint8Array(allocate(capacity)),
    pairs: ints(),
  };
}

const NAMES = Object.keys(allocateColumns(0)) as (keyof Columns)[];

/** A copy with room for `capacity` operations, in memory from `allocate`. */
export function copyColumns(from: Columns, capacity: number, allocate?: Allocate): Columns {
  const copy = allocateColumns(capacity, allocate);
  for (const name of NAMES) copy[name].set(from[name]);
  return copy;
}

/** The first `length` operations, as views without copying. */
export function cutColumns(from: Columns, length: number): Columns {
  const cut = {} as Record<keyof Columns, Columns[keyof Columns]>;
  for (const name of NAMES) cut[name] = from[name].subarray(0, length);
  return cut as Columns;
}

/** The operations at `positions`, in that order; pairs follow, and are NONE where the other half is left out. */
export function pickColumns(from: Columns, positions: Int32Array): Columns {
  const picked = allocateColumns(positions.length);
  for (const name of NAMES) {
    const source = from[name];
    const target = picked[name];
    for (let i = 0; i < positions.length; i++) target[i] = source[positions[i]!]!;
  }
  const moved = new Int32Array(from.types.length).fill(NONE);
  for (let i = 0; i < positions.length; i++) moved[positions[i]!] = i;
  for (let i = 0; i < positions.length; i++) {
    const pair = picked.pairs[i]!;
    if (pair !== NONE) picked.pairs[i] = moved[pair]!;
  }
  return picked;
}
