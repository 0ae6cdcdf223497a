/**
 * Splits a history by key. Linearizability is local: a history is linearizable exactly when the operations of
 * every key are, so each key is judged by itself.
 */
import { type History, INVOKE, NONE } from '../../harness/history/history.ts';
import type { Model } from '../models/model.ts';

/** The operations of a history, grouped by key. */
export interface Parts {
  /** Id of each part's key, or NONE. */
  keys: number[];
  /** Part p holds `calls[starts[p]]` up to but excluding `calls[starts[p + 1]]`. */
  starts: Int32Array;
  /** Indexes of invocations, in history order within each part. */
  calls: Int32Array;
  /** Client operations the model has no such function for, counted by name. */
  unknown: Record<string, number>;
}

/** Groups the client operations of a history. O(n). */
export function partition(history: History, model: Model<unknown>): Parts {
  const { types, processes, fs, keys } = history.columns;
  const known = new Uint8Array(history.names.size);
  for (const name of Object.keys(model.functions)) {
    const id = history.names.find(name);
    if (id >= 0) known[id] = 1;
  }
  const partOf = new Int32Array(history.values.size + 1).fill(NONE);
  const found: Parts = { keys: [], starts: new Int32Array(0), calls: new Int32Array(0), unknown: {} };
  const sizes: number[] = [];
  for (let i = 0; i < history.length; i++) {
    if (types[i] !== INVOKE || processes[i]! < 0) continue;
    if (known[fs[i]!] === 0) {
      const name = history.f(i);
      found.unknown[name] = (found.unknown[name] ?? 0) + 1;
      continue;
    }
    const key = model.independent ? keys[i]! : NONE;
    let part = partOf[key + 1]!;
    if (part === NONE) {
      part = found.keys.length;
      partOf[key + 1] = part;
      found.keys.push(key);
      sizes.push(0);
    }
    sizes[part]!++;
  }
  fill(found, sizes, history, known, partOf, model.independent);
  return found;
}

function fill(
  found: Parts,
  sizes: readonly number[],
  history: History,
  known: Uint8Array,
  partOf: Int32Array,
  independent: boolean,
): void {
  const { types, processes, fs, keys } = history.columns;
  const starts = new Int32Array(sizes.length + 1);
  for (const [part, size] of sizes.entries()) starts[part + 1] = starts[part]! + size;
  const next = starts.slice();
  const calls = new Int32Array(starts[sizes.length]!);
  for (let i = 0; i < history.length; i++) {
    if (types[i] !== INVOKE || processes[i]! < 0 || known[fs[i]!] === 0) continue;
    const part = partOf[(independent ? keys[i]! : NONE) + 1]!;
    calls[next[part]!++] = i;
  }
  found.starts = starts;
  found.calls = calls;
}
