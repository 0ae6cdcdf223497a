/**
 * The operations of one register as columns of small ints: what the linear-time path reads instead of values.
 */
import { type History, NONE } from '../../harness/history/history.ts';
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import { casPair } from '../models/cas-register.ts';
import type { Model } from '../models/model.ts';
import type { Outcomes } from './outcomes.ts';
import { OPEN } from './problem.ts';

/** Kinds of operations. */
export const READ = 0;
export const WRITE = 1;
export const CAS = 2;
export const REFUSED = 3;

/** What the functions of registers and of maps are called. */
const NAMES: readonly (readonly [string, number])[] = [
  ['read', READ],
  ['get', READ],
  ['write', WRITE],
  ['put', WRITE],
  ['delete', WRITE],
  ['cas', CAS],
];

/** One key's operations in order of invocation. Buffers are reused: read them before the next key. */
export interface RegisterColumns {
  size: number;
  kind: Uint8Array;
  /** Value read, or compared with. NONE for writes. */
  from: Int32Array;
  /** Value written. NONE for reads and refusals. */
  to: Int32Array;
  call: Int32Array;
  /** OPEN: it may have happened at any time from its call on, or never. */
  ret: Int32Array;
  refused: number;
}

/** Reads keys of one history; value ids are those of the history, and further ones for values it lacks. */
export class RegisterReader {
  readonly #history: History;
  readonly #model: Model<unknown>;
  readonly #outcomes: Outcomes;
  readonly #kinds: Uint8Array;
  /** Name of the function that writes null whatever its value, and the id of null. */
  readonly #deletes: number;
  readonly #nothing: number;
  readonly #extra = new Map<string, number>();
  /** Sides of each cas by the id of its pair, filled when first met. */
  readonly #pairFrom: Int32Array;
  readonly #pairTo: Int32Array;
  #columns: RegisterColumns = columnsOf(0);

  constructor(history: History, model: Model<unknown>, outcomes: Outcomes) {
    this.#history = history;
    this.#model = model;
    this.#outcomes = outcomes;
    this.#kinds = new Uint8Array(history.names.size).fill(255);
    for (const [name, kind] of NAMES) {
      const id = history.names.find(name);
      if (id >= 0 && model.functions[name] !== undefined) this.#kinds[id] = kind;
    }
    this.#deletes = model.functions['delete'] === undefined ? NONE : history.names.find('delete');
    this.#nothing = this.#deletes >= 0 ? this.idOf(null) : NONE;
    this.#pairFrom = new Int32Array(history.values.size).fill(NONE);
    this.#pairTo = new Int32Array(history.values.size).fill(NONE);
  }

  /** Ids run below this number. */
  get valueCount(): number {
    return this.#history.values.size + this.#extra.size;
  }

  /** The id of a value. */
  idOf(value: Json): number {
    const known = this.#history.values.find(value);
    if (known >= 0) return known;
    const key = canonicalJson(value);
    let id = this.#extra.get(key);
    if (id === undefined) this.#extra.set(key, (id = this.#history.values.size + this.#extra.size));
    return id;
  }

  /** The columns of these invocations (ascending). O(n). */
  read(calls: Int32Array): RegisterColumns {
    if (this.#columns.kind.length < calls.length) this.#columns = columnsOf(calls.length);
    const c = this.#columns;
    const { fs, values, pairs } = this.#history.columns;
    c.size = 0;
    c.refused = 0;
    for (let i = 0; i < calls.length; i++) {
      const call = calls[i]!;
      const outcome = this.#outcomes.of(call);
      const kind = this.#kinds[fs[call]!]!;
      if (outcome === null || (kind === READ && outcome === 'info')) continue;
      const at = c.size++;
      c.kind[at] = outcome === 'refused' ? REFUSED : kind;
      c.call[at] = call;
      c.ret[at] = outcome === 'info' ? OPEN : pairs[call]!;
      c.from[at] = NONE;
      c.to[at] = NONE;
      if (kind === READ) c.from[at] = values[pairs[call]!]!;
      else if (kind === WRITE) c.to[at] = fs[call] === this.#deletes ? this.#nothing : values[call]!;
      else this.#cas(c, at, values[call]!);
      if (outcome === 'refused') {
        c.to[at] = NONE;
        c.refused++;
      }
    }
    return c;
  }

  #cas(c: RegisterColumns, at: number, pair: number): void {
    if (this.#pairFrom[pair] === NONE) {
      const input = this.#history.values.get(pair);
      const [from, to] = casPair({ f: 'cas', input, output: null, outcome: 'ok' });
      this.#pairFrom[pair] = this.idOf(from);
      this.#pairTo[pair] = this.idOf(to);
    }
    c.from[at] = this.#pairFrom[pair]!;
    c.to[at] = this.#pairTo[pair]!;
  }

  /** Has this model the register's functions and meaning? */
  static understands(model: Model<unknown>): boolean {
    return ['register', 'cas-register', 'kv'].includes(model.name);
  }

  get model(): Model<unknown> {
    return this.#model;
  }
}

/** Empty columns for so many operations. */
export function columnsOf(capacity: number): RegisterColumns {
  return {
    size: 0,
    kind: new Uint8Array(capacity),
    from: new Int32Array(capacity),
    to: new Int32Array(capacity),
    call: new Int32Array(capacity),
    ret: new Int32Array(capacity),
    refused: 0,
  };
}
