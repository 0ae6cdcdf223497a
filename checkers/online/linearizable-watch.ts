/**
 * Linearizability while a run goes, by configuration sets, key by key.
 *
 * What an operation answered must be known before it can take effect ahead of others, so events wait until every
 * operation invoked before them has completed. One that takes longer than the patience is let in with its answer
 * forgotten, which can only hide a violation: it must still take effect by the time it completes, and not at all
 * when it failed. A key with too many configurations is given up; the full check after the run knows no such haste.
 */
import type { Json, Op } from '../../harness/op.ts';
import { Configurations } from '../linearizable/configurations.ts';
import type { FailedRule } from '../linearizable/outcomes.ts';
import type { Model, ModelOp } from '../models/model.ts';
import type { Watch } from './contract.ts';
import { LiveTable } from './live-table.ts';

/** How a linearizable watch behaves. */
export interface LinearizableWatchOptions {
  model: Model<unknown>;
  initial: Json;
  failedCas: FailedRule;
  /** How long events wait for the answer of one operation, ns of the run. Default one second. */
  patienceNs?: number;
  /** Most configurations of one key at a time. Default 16384. */
  maxConfigurations?: number;
}

const PATIENCE_NS = 1e9;
const MAX_CONFIGURATIONS = 1 << 14;

type Outcome = 'pending' | 'ok' | 'refused' | 'info' | 'never';

/** One operation on its way through. */
interface Entry {
  key: KeyState;
  f: string;
  input: Json;
  output: Json;
  process: number;
  callNs: number;
  outcome: Outcome;
  /** Its answer was not waited for. */
  late: boolean;
  /** Slot among the pending ones; -1: not there. */
  slot: number;
  cls: number;
}

interface KeyState {
  table: LiveTable;
  sets: Configurations;
  /** Events in order: an entry at its invocation, and again at its completion. */
  queue: { entry: Entry; invoked: boolean }[];
  head: number;
  over: boolean;
}

/** Watches all keys of one model. */
export class LinearizableWatch implements Watch {
  readonly #model: Model<unknown>;
  readonly #initial: Json;
  readonly #rule: FailedRule;
  readonly #patienceNs: number;
  readonly #most: number;
  readonly #keys = new Map<Json, KeyState>();
  readonly #open = new Map<number, Entry>();
  /** Operations in order of invocation, to find those that take too long. */
  #waiting: Entry[] = [];
  #waitingHead = 0;
  #judged = 0;
  #late = 0;
  #givenUp = 0;
  #peak = 0;
  #unknown = 0;

  constructor(options: LinearizableWatchOptions) {
    this.#model = options.model;
    this.#initial = options.initial;
    this.#rule = options.failedCas;
    this.#patienceNs = options.patienceNs ?? PATIENCE_NS;
    this.#most = options.maxConfigurations ?? MAX_CONFIGURATIONS;
  }

  take(op: Op): boolean {
    const wrong = this.#expire(op.time);
    if (typeof op.process !== 'number') return wrong;
    if (op.type === 'invoke') {
      this.#invoke(op, op.process);
      return wrong;
    }
    const entry = this.#open.get(op.process);
    if (entry === undefined) return wrong;
    this.#open.delete(op.process);
    entry.outcome = this.#outcome(op);
    if (entry.outcome === 'ok' && this.#model.functions[entry.f]!.answers) entry.output = op.value;
    if (entry.key.over) return wrong;
    entry.key.queue.push({ entry, invoked: false });
    return this.#advance(entry.key) || wrong;
  }

  /** Judges what is left as if nothing more could come: open operations stay of unknown outcome. */
  end(): boolean {
    let wrong = false;
    for (const entry of this.#open.values()) {
      entry.late = true;
      wrong = (!entry.key.over && this.#advance(entry.key)) || wrong;
    }
    return wrong;
  }

  stats(): Record<string, Json> {
    return {
      keys: this.#keys.size,
      judged: this.#judged,
      late: this.#late,
      keysGivenUp: this.#givenUp,
      mostConfigurations: this.#peak,
      notUnderstood: this.#unknown,
    };
  }

  #invoke(op: Op, process: number): void {
    if (this.#model.functions[op.f] === undefined) {
      this.#unknown++;
      return;
    }
    const key = this.#keyOf(this.#model.independent ? (op.key ?? null) : null);
    const entry: Entry = {
      key,
      f: op.f,
      input: op.value,
      output: null,
      process,
      callNs: op.time,
      outcome: 'pending',
      late: false,
      slot: -1,
      cls: -1,
    };
    this.#open.set(process, entry);
    if (key.over) return;
    key.queue.push({ entry, invoked: true });
    this.#waiting.push(entry);
  }

  #keyOf(key: Json): KeyState {
    const name = typeof key === 'object' && key !== null ? `\u0000${JSON.stringify(key)}` : key;
    let state = this.#keys.get(name);
    if (state === undefined) {
      const table = new LiveTable(this.#model);
      const sets = new Configurations(table, [table.stateOf(this.#model.init(this.#initial))], this.#most);
      state = { table, sets, queue: [], head: 0, over: false };
      this.#keys.set(name, state);
    }
    return state;
  }

  #outcome(op: Op): Outcome {
    if (op.type === 'ok') return 'ok';
    if (op.type !== 'fail') return 'info';
    if (this.#model.functions[op.f]?.refusable !== true || this.#rule === 'ignore') return 'never';
    const observed =
      op.error === undefined ? this.#rule === 'observation' : op.error.kind === 'precondition-failed';
    return observed ? 'refused' : 'never';
  }

  /** No longer waits for operations invoked too long ago. */
  #expire(now: number): boolean {
    let wrong = false;
    while (this.#waitingHead < this.#waiting.length) {
      const entry = this.#waiting[this.#waitingHead]!;
      if (entry.outcome === 'pending' && now - entry.callNs <= this.#patienceNs) break;
      this.#waitingHead++;
      if (entry.outcome !== 'pending' || entry.key.over) continue;
      entry.late = true;
      this.#late++;
      wrong = this.#advance(entry.key) || wrong;
    }
    if (this.#waitingHead > 1024 && this.#waitingHead * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#waitingHead);
      this.#waitingHead = 0;
    }
    return wrong;
  }

  /** Takes the events of a key that need not wait; true when no configuration survives. */
  #advance(key: KeyState): boolean {
    let progress: ReturnType<Configurations['complete']> = 'on';
    while (key.head < key.queue.length && progress === 'on') {
      const { entry, invoked } = key.queue[key.head]!;
      if (invoked && entry.outcome === 'pending' && !entry.late) break;
      key.head++;
      progress = invoked ? this.#enter(entry) : this.#leave(entry);
    }
    this.#peak = Math.max(this.#peak, key.sets.peak);
    if (progress !== 'on') {
      key.over = true;
      key.queue = [];
      if (progress === 'limit') this.#givenUp++;
      return progress === 'violated';
    }
    if (key.head > 256 && key.head * 2 > key.queue.length) {
      key.queue = key.queue.slice(key.head);
      key.head = 0;
    }
    key.table.forget((rename) => key.sets.renumberStates(rename));
    return false;
  }

  #enter(entry: Entry): 'on' | 'limit' {
    const { key, outcome } = entry;
    // It has completed while it waited behind another one.
    if (outcome !== 'pending') entry.late = false;
    if (outcome === 'never') return 'on';
    const open = outcome === 'pending' || outcome === 'info';
    const op: ModelOp = {
      f: entry.f,
      input: entry.input,
      output: open ? null : entry.output,
      outcome: open ? 'info' : outcome,
    };
    if (this.#model.owned === true) op.process = entry.process;
    const readOnly = this.#model.readOnly(op);
    if (open && readOnly) return 'on';
    this.#judged++;
    if (outcome === 'info') {
      key.sets.invokeOptional(key.table.lastingClassOf(op));
      return 'on';
    }
    entry.cls = entry.late ? key.table.lastingClassOf(op) : key.table.classOf(op);
    entry.slot = key.sets.invoke(entry.cls, readOnly);
    return entry.slot === -1 ? 'limit' : 'on';
  }

  #leave(entry: Entry): ReturnType<Configurations['complete']> {
    const { key, slot, outcome } = entry;
    if (slot === -1) return 'on';
    entry.slot = -1;
    if (outcome === 'info') {
      key.sets.release(slot);
      return 'on';
    }
    // Refused after all, or failed: it took no effect, and how it looked at the state is not known any more.
    if (outcome === 'never' || (outcome === 'refused' && entry.late)) return key.sets.cancel(slot);
    const progress = key.sets.complete(slot);
    if (!entry.late) key.table.drop(entry.cls);
    return progress;
  }
}
