/**
 * Reads a history into transactions of micro-operations on registers. A `txn` holds `["r", key, value]` and
 * `["w", key, value]`; a plain `read`, `write` or `cas` is a transaction of its own. Transactions are ordered
 * by session, and within a session as they were invoked, so that session order is "the next number".
 *
 * A session is a client process up to its first operation of unknown outcome: what a client does after that
 * is not ordered behind an effect that may still be on its way.
 */
import { FAIL, type History, INFO, INVOKE, NONE, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { UNLIMITED } from '../contract.ts';
import { Pace } from '../pace.ts';
import { DenseCodes, NIL } from '../txn/codes.ts';
import { MopError, MopReader, READ as READ_MOP } from '../txn/mop-reader.ts';
import { IntList } from './int-list.ts';

/** Kind of a micro-operation that read. */
export const READ = 0;
/** Kind of a micro-operation that wrote. */
export const WRITE = 1;

/** Value id of null, the initial value. */
export const NULL_VALUE = 0;

/** Everything clients did to registers, flat. */
export interface MicroOperations {
  /** Transactions that happened or may have. */
  count: number;
  sessions: number;
  /** Session of each transaction; transactions of session s are sessionStart[s] to sessionStart[s + 1]. */
  sessionOf: Int32Array;
  sessionStart: Int32Array;
  /** History index of each transaction's invocation. */
  calls: Int32Array;
  /** Micro-operations of transaction t are start[t] to start[t + 1]. */
  start: Int32Array;
  kinds: Int32Array;
  keys: Int32Array;
  values: Int32Array;
  /** Key by id. */
  keyNames: Json[];
  /** Value by id. */
  valueOf: (id: number) => Json;
  /** Writes of operations that certainly failed: key, value, history index, in threes. */
  failed: Int32Array;
  /** Functions of (micro-)operations that are neither reads nor writes of registers. */
  foreign: string[];
  acknowledged: number;
}

class Reader {
  readonly keys = new DenseCodes();
  readonly foreign = new Set<string>();
  readonly kindList: IntList;
  readonly keyList: IntList;
  readonly valueList: IntList;
  readonly #history: History;
  /** Reads transactions out of their text, and gives all keys and values their codes. */
  readonly #mops: MopReader;
  /** Reads of cas whose outcome is not known. */
  readonly #open: number[] = [];
  readonly #functions: Readonly<Record<'txn' | 'read' | 'write', number>>;

  constructor(history: History, expected: number) {
    this.#history = history;
    this.#mops = new MopReader(history, 'values');
    const { names } = history;
    this.#functions = { txn: names.find('txn'), read: names.find('read'), write: names.find('write') };
    // Room for all at once where it can be guessed: every doubling is a large allocation more.
    this.kindList = new IntList(expected);
    this.keyList = new IntList(expected);
    this.valueList = new IntList(expected);
  }

  /** Keys by id. */
  keyNames(): Json[] {
    return Array.from({ length: this.keys.size }, (_, id) => this.#mops.codes.json(this.keys.code(id)));
  }

  /** Value by id. */
  value(id: number): Json {
    return this.#mops.codes.json(id - NULL_VALUE + NIL);
  }

  /** Appends the micro-operations of invocation `call`; reads only where their result is known. */
  add(call: number, known: boolean): void {
    const history = this.#history;
    const { pairs, fs, values } = history.columns;
    const f = fs[call];
    if (f === this.#functions.txn) {
      this.#transaction(values[known ? pairs[call]! : call]!, known);
      return;
    }
    const { codes } = this.#mops;
    const key = this.keys.of(codes.of(history.key(call) ?? null));
    if (f === this.#functions.read) {
      if (known) this.#push(READ, key, codes.of(history.value(pairs[call]!)));
    } else if (f === this.#functions.write) this.#push(WRITE, key, codes.of(history.value(call)));
    else this.#cas(key, history.value(call), known);
  }

  /** Appends what an operation that failed would have written; nothing may be settled after that. */
  addWrites(call: number): void {
    const from = this.kindList.length;
    this.add(call, false);
    // A cas comes as a read and a write.
    if (this.kindList.items[from] !== READ || this.kindList.length !== from + 2) return;
    for (const list of [this.kindList, this.keyList, this.valueList]) {
      list.items[from] = list.items[from + 1]!;
      list.length--;
    }
  }

  #cas(key: number, value: Json, known: boolean): void {
    if (!Array.isArray(value) || value.length !== 2) {
      this.foreign.add('cas');
      return;
    }
    const { codes } = this.#mops;
    if (!known) this.#open.push(this.kindList.length);
    this.#push(READ, key, codes.of(value[0]!));
    this.#push(WRITE, key, codes.of(value[1]!));
  }

  /**
   * A cas of unknown outcome has read what it asked for if somebody saw what only it can have written. Of all
   * others the read is made a second write of the same, which says nothing. O(micro-operations) if there are any.
   */
  settle(): void {
    if (this.#open.length === 0) return;
    const kinds = this.kindList.items;
    const keys = this.keyList.items;
    const values = this.valueList.items;
    const counts = new Map<number, Map<number, { writes: number; reads: number }>>();
    for (const m of this.#open) {
      let ofKey = counts.get(keys[m]!);
      if (ofKey === undefined) counts.set(keys[m]!, (ofKey = new Map()));
      ofKey.set(values[m + 1]!, { writes: 0, reads: 0 });
    }
    const open = new Set(this.#open);
    for (let m = 0; m < this.kindList.length; m++) {
      const count = counts.get(keys[m]!)?.get(values[m]!);
      if (count === undefined || open.has(m)) continue;
      if (kinds[m] === READ) count.reads++;
      else count.writes++;
    }
    // What such a cas has read, another one may have written.
    for (let before = open.size + 1; before > open.size; ) {
      before = open.size;
      for (const m of open) {
        const { writes, reads } = counts.get(keys[m]!)!.get(values[m + 1]!)!;
        if (writes !== 1 || reads === 0) continue;
        open.delete(m);
        const source = counts.get(keys[m]!)!.get(values[m]!);
        if (source !== undefined) source.reads++;
      }
    }
    for (const m of open) {
      kinds[m] = WRITE;
      values[m] = values[m + 1]!;
    }
  }

  #transaction(id: number, known: boolean): void {
    const mops = this.#mops;
    try {
      mops.read(id, NONE);
    } catch (error) {
      if (!(error instanceof MopError)) throw error;
      this.#noteForeign(id === NONE ? null : this.#history.values.get(id));
      return;
    }
    const { f, key, arg } = mops;
    for (let m = 0; m < mops.count; m++) {
      if (f[m] === READ_MOP && !known) continue;
      this.#push(f[m] === READ_MOP ? READ : WRITE, this.keys.of(key[m]!), arg[m]!);
    }
  }

  /** Which functions a transaction calls that are none of registers. */
  #noteForeign(value: Json): void {
    for (const micro of Array.isArray(value) ? value : [value]) {
      const f = Array.isArray(micro) && micro.length === 3 ? micro[0]! : 'txn';
      if (f !== 'r' && f !== 'w') this.foreign.add(String(f));
    }
  }

  #push(kind: number, key: number, code: number): void {
    this.kindList.push(kind);
    this.keyList.push(key);
    this.valueList.push(code - NIL + NULL_VALUE);
  }
}

/** Reads a history; throws OutOfBudget. O(n) and one look-up per key and value. */
export function microOperations(history: History, pace: Pace = new Pace(UNLIMITED)): MicroOperations {
  const { calls, sessions, sessionOf, sessionStart, failures, foreign } = sessionsOf(history, pace);
  const reader = new Reader(history, calls.length * 5);
  const { types, pairs } = history.columns;
  const start = new Int32Array(calls.length + 1);
  let acknowledged = 0;
  for (let t = 0; t < calls.length; t++) {
    pace.step();
    const ret = pairs[calls[t]!]!;
    const known = ret !== NONE && types[ret] === OK;
    if (known) acknowledged++;
    reader.add(calls[t]!, known);
    start[t + 1] = reader.kindList.length;
  }
  reader.settle();
  const micros = reader.kindList.length;
  const failed = new IntList(16);
  for (let i = 0; i < failures.length; i++) {
    const from = reader.kindList.length;
    reader.addWrites(failures[i]!);
    for (let m = from; m < reader.kindList.length; m++) {
      failed.push(reader.keyList.items[m]!);
      failed.push(reader.valueList.items[m]!);
      failed.push(failures[i]!);
    }
  }
  for (const f of reader.foreign) foreign.add(f);
  return {
    count: calls.length,
    sessions,
    sessionOf,
    sessionStart,
    calls,
    start,
    kinds: reader.kindList.items.subarray(0, micros),
    keys: reader.keyList.items.subarray(0, micros),
    values: reader.valueList.items.subarray(0, micros),
    keyNames: reader.keyNames(),
    valueOf: (id) => reader.value(id),
    failed: failed.view(),
    foreign: [...foreign].sort(),
    acknowledged,
  };
}

interface Sessions {
  calls: Int32Array;
  sessions: number;
  sessionOf: Int32Array;
  sessionStart: Int32Array;
  failures: Int32Array;
  foreign: Set<string>;
}

/** Sorts the invocations that happened or may have by session, in one counting pass. */
function sessionsOf(history: History, pace: Pace): Sessions {
  const { types, processes, fs, pairs } = history.columns;
  const understood = ['txn', 'read', 'write', 'cas'].map((name) => history.names.find(name));
  const found = new IntList();
  const owner = new IntList();
  const failures = new IntList(16);
  const foreign = new Set<string>();
  const current = new Map<number, number>();
  let sessions = 0;
  for (let i = 0; i < history.length; i++) {
    pace.step();
    if (types[i] !== INVOKE || processes[i]! < 0) continue;
    if (!understood.includes(fs[i]!)) {
      foreign.add(history.f(i));
      continue;
    }
    const ret = pairs[i]!;
    const type = ret === NONE ? INFO : types[ret]!;
    if (type === FAIL) {
      failures.push(i);
      continue;
    }
    let session = current.get(processes[i]!);
    if (session === undefined) current.set(processes[i]!, (session = sessions++));
    found.push(i);
    owner.push(session);
    if (type === INFO) current.delete(processes[i]!);
  }
  const sessionStart = new Int32Array(sessions + 1);
  for (let i = 0; i < owner.length; i++) sessionStart[owner.items[i]! + 1]!++;
  for (let s = 0; s < sessions; s++) sessionStart[s + 1]! += sessionStart[s]!;
  const next = sessionStart.slice(0, sessions);
  const calls = new Int32Array(found.length);
  const sessionOf = new Int32Array(found.length);
  for (let i = 0; i < found.length; i++) {
    pace.step();
    const t = next[owner.items[i]!]!++;
    calls[t] = found.items[i]!;
    sessionOf[t] = owner.items[i]!;
  }
  return { calls, sessions, sessionOf, sessionStart, failures: failures.view(), foreign };
}
