/**
 * Plain reads and writes by key, in columns: which writes there were, which of them wrote a value alone, and the
 * reads that show what was left of a key once all of them had ended.
 */
import { FAIL, type History, INVOKE, NONE, OK } from '../../harness/history/history.ts';
import type { Pace } from '../pace.ts';
import { DenseCodes } from '../txn/codes.ts';
import { IntList } from '../txn/int-list.ts';
import { ABSENT, PairTable } from '../txn/pair-table.ts';

/** Writes and final reads of a history; keys are dense numbers in order of their first operation. */
export class LastWrites {
  readonly keys = new DenseCodes();
  /** Key ids of the history by dense number, the reads that show what was left, and whether it is left out. */
  readonly names: number[] = [];
  readonly reads: number[][] = [];
  readonly #left: boolean[] = [];
  /** Invocations of writes that may have happened, their completion if acknowledged, else NONE. */
  readonly calls = new IntList();
  readonly rets = new IntList();
  readonly #keyOf = new IntList();
  /** 1: another write wrote the same value to the same key. */
  readonly #again = new IntList();
  readonly #table = new PairTable(1024);
  /** Until when a key was written, by dense number. */
  readonly #ends: number[] = [];
  /** Writes by key: byKey[starts[k]] to byKey[starts[k + 1]]. */
  #starts = new Int32Array(1);
  #byKey = new Int32Array(0);

  /** Reads a history. O(n); throws OutOfBudget. */
  constructor(history: History, pace: Pace) {
    const { types, processes, fs, keys, pairs } = history.columns;
    const read = history.names.find('read');
    const write = history.names.find('write');
    const phased = history.indexesWhere((i) => history.phase(i) !== undefined).length > 0;
    for (let i = 0; i < history.length; i++) {
      pace.step();
      if (types[i] !== INVOKE || processes[i]! < 0) continue;
      const k = this.#dense(keys[i]!);
      const ret = pairs[i]!;
      if (fs[i] === write) {
        if (ret === NONE || types[ret] !== FAIL) this.#write(history, k, i, ret);
      } else if (fs[i] !== read) this.#left[k] = true;
      else if (ret !== NONE && types[ret] === OK) {
        if (!phased) this.reads[k] = [ret];
        else if (history.phase(i) === 'final') this.reads[k]!.push(ret);
      }
    }
    for (let k = 0; k < this.names.length; k++) {
      this.reads[k] = this.#left[k] ? [] : this.reads[k]!.filter((ret) => pairs[ret]! > this.#ends[k]!);
    }
    this.#group(pace);
  }

  /** Keys that nothing but plain reads and writes touched. */
  get judged(): number {
    return this.#left.filter((left) => !left).length;
  }

  /** The number of the write of a value, or NOBODY or SEVERAL. */
  writerOf(k: number, value: number): number {
    const w = this.#table.get(k, value);
    if (w === ABSENT) return NOBODY;
    return this.#again.items[w] === 1 ? SEVERAL : w;
  }

  /** Numbers of the acknowledged writes of a key that wrote their value alone, in order of invocation. */
  *alone(k: number): Generator<number> {
    for (let at = this.#starts[k]!; at < this.#starts[k + 1]!; at++) {
      const w = this.#byKey[at]!;
      if (this.#again.items[w] === 0 && this.rets.items[w] !== NONE) yield w;
    }
  }

  #dense(key: number): number {
    const k = this.keys.of(key);
    if (k === this.names.length) {
      this.names.push(key);
      this.reads.push([]);
      this.#left.push(false);
      this.#ends.push(-1);
    }
    return k;
  }

  #write(history: History, k: number, call: number, ret: number): void {
    const { types, values } = history.columns;
    const known = ret !== NONE && types[ret] === OK;
    this.#ends[k] = Math.max(this.#ends[k]!, known ? ret : call);
    const before = this.#table.get(k, values[call]!);
    if (before !== ABSENT) {
      this.#again.items[before] = 1;
      return;
    }
    this.#table.set(k, values[call]!, this.calls.length);
    this.calls.push(call);
    this.rets.push(known ? ret : NONE);
    this.#keyOf.push(k);
    this.#again.push(0);
  }

  /** Sorts the writes by key, by counting. */
  #group(pace: Pace): void {
    const { length, items } = this.#keyOf;
    this.#starts = new Int32Array(this.names.length + 1);
    for (let w = 0; w < length; w++) this.#starts[items[w]! + 1]!++;
    for (let k = 0; k < this.names.length; k++) this.#starts[k + 1]! += this.#starts[k]!;
    const at = this.#starts.slice();
    this.#byKey = new Int32Array(length);
    for (let w = 0; w < length; w++) {
      pace.step();
      this.#byKey[at[items[w]!]!++] = w;
    }
  }
}

/** Nobody wrote the value. */
export const NOBODY = -2;
/** More than one write wrote the value. */
export const SEVERAL = -1;
