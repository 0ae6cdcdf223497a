/**
 * The adds and reads of a set workload, picked out of a history.
 */
import { FAIL, type History, INVOKE, NONE, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Pace } from '../pace.ts';

/** Adds by element, reads by invocation. */
export interface SetOps {
  /** Every element added, in order of appearance. */
  values: Json[];
  /** Number of the element with this value, or NONE when it was never added. */
  elementOf: (value: Json) => number;
  /** By element: invocation of its first add that may have happened, else of its first. */
  addCall: number[];
  /** By element: first completion that acknowledged it, NONE when none did. */
  addOk: number[];
  /** By element: an add that failed for certain, NONE when none did. */
  addFailed: number[];
  /** By element: at least one add may have happened (acknowledged or of unknown outcome). */
  possible: boolean[];
  /** Invocations of acknowledged reads. */
  reads: number[];
  attempted: number;
}

/** Reads the history. Throws OutOfBudget. O(n). */
export function readSet(history: History, pace: Pace): SetOps {
  const { types, processes, fs, values, pairs } = history.columns;
  const addF = history.names.find('add');
  const readF = history.names.find('read');
  /** Number of the element + 1 by the id of its value: a map of a million entries would miss the cache each time. */
  const elements = new Int32Array(history.values.size);
  const ops: SetOps = {
    values: [],
    elementOf: (value) => {
      const id = history.values.find(value);
      return id < 0 || id >= elements.length ? NONE : elements[id]! - 1;
    },
    addCall: [],
    addOk: [],
    addFailed: [],
    possible: [],
    reads: [],
    attempted: 0,
  };
  for (let i = 0; i < history.length; i++) {
    pace.step();
    if (types[i] !== INVOKE || processes[i]! < 0) continue;
    const ret = pairs[i]!;
    if (fs[i] === readF) {
      // An answer that is no list says nothing about a set.
      if (ret !== NONE && types[ret] === OK && Array.isArray(history.value(ret))) ops.reads.push(i);
      continue;
    }
    if (fs[i] !== addF) continue;
    ops.attempted++;
    let element = elements[values[i]!]! - 1;
    if (element === NONE) {
      element = ops.values.length;
      elements[values[i]!] = element + 1;
      ops.values.push(history.values.get(values[i]!));
      ops.addCall.push(i);
      ops.addOk.push(NONE);
      ops.addFailed.push(NONE);
      ops.possible.push(false);
    }
    const failed = ret !== NONE && types[ret] === FAIL;
    // An attempt that failed never happened: presence counts from the first that may have.
    if (!failed && !ops.possible[element]) ops.addCall[element] = i;
    if (failed) ops.addFailed[element] = ret;
    else ops.possible[element] = true;
    const first = ops.addOk[element]!;
    if (ret !== NONE && types[ret] === OK && (first === NONE || ret < first)) ops.addOk[element] = ret;
  }
  return ops;
}
