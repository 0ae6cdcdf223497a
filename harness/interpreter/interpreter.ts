/**
 * The effect shell around the core: real time, workers, the journal. It keeps three orders that make a history
 * trustworthy: completions are handled before anything new is sent, every invocation is journalled before it
 * is dispatched, every completion after it came back.
 */
import { Roster, ThreadTable } from '../generator/context.ts';
import { from } from '../generator/data.ts';
import type { GeneratorLike, OpDraft } from '../generator/generator.ts';
import type { Json, Op, OpType, Phase, Process } from '../op.ts';
import { monotonicNs } from '../time.ts';
import { InterpreterCore } from './core.ts';
import type { Journal } from './journal.ts';
import { PhaseRun } from './phase-run.ts';
import { Slot } from './slot.ts';
import type { Completion, Worker } from './worker.ts';

/** What an interpreter works with for the whole run. */
export interface InterpreterOptions {
  /** Number of client threads: 0..clients-1. */
  clients: number;
  /** Named threads: `nemesis:<lane>`, `observer:<node>`. */
  named?: readonly string[];
  /** Nodes; client thread t talks to node t mod n. With none, operations carry no node. */
  nodes?: readonly string[];
  /** Makes the worker of a thread; called once per thread. */
  worker(thread: number | string, node: string | undefined): Worker;
  journal: Journal;
  /** Time 0 of the run on the monotonic clock. Default: now. */
  epochNs?: number;
  /** After this an operation ends `info`, by thread. Default 5000 ms for all. */
  timeoutMs?: number | ((thread: number | string) => number);
  /** Sees every operation once it is journalled. Must neither throw nor wait. */
  onOp?: (op: Op) => void;
  /** Lines of `log` pseudo-operations. */
  onLog?: (line: string) => void;
}

/** One phase to run. */
export interface PhaseOptions {
  phase: Phase;
  /** Ends the phase early: no new operations, then the usual drain. */
  signal?: AbortSignal;
  /** How long operations may stay open once nothing new is sent; then they end `info`. Default 10 s. */
  drainMs?: number;
}

/** How a phase ended. */
export interface PhaseOutcome {
  /** `exhausted`: the generator ended. `stopped`: the signal. `stalled`: the generator waits for what cannot come. */
  end: 'exhausted' | 'stopped' | 'stalled';
  fromNs: number;
  toNs: number;
  /** Operations dispatched. */
  dispatched: number;
  /** Operations that were still open at the drain deadline. */
  cutOff: number;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_DRAIN_MS = 10_000;

/**
 * Runs generators over a fixed set of threads, phase after phase: processes, open clients and the numbering
 * of operations carry over. Not re-entrant: one phase at a time.
 */
export class Interpreter {
  readonly roster: Roster;
  /** Answers that came after their operation had been given up; they are dropped. */
  lateAnswers = 0;
  readonly #options: InterpreterOptions;
  readonly #table: ThreadTable;
  readonly #slots: Slot[];
  readonly #nodes: (string | undefined)[];
  readonly #epochNs: number;
  /** Why the journal could not be written when nobody waited for it. */
  #lost: unknown = undefined;
  #index = 0;
  #lastNs = 0;
  #run: PhaseRun | undefined;

  constructor(options: InterpreterOptions) {
    this.#options = options;
    this.roster = new Roster(options.clients, options.named);
    this.#table = new ThreadTable(this.roster);
    this.#epochNs = options.epochNs ?? monotonicNs();
    const { timeoutMs = DEFAULT_TIMEOUT_MS, nodes = [] } = options;
    const owner = {
      arrived: (slot: Slot, completion: Completion) => this.#run?.arrived(slot, completion),
      cameLate: () => {
        this.lateAnswers++;
      },
    };
    this.#nodes = Array.from({ length: this.roster.size }, (_, thread) =>
      thread < options.clients
        ? nodes[thread % Math.max(1, nodes.length)]
        : observed(this.roster.name(thread)),
    );
    this.#slots = Array.from({ length: this.roster.size }, (_, thread) => {
      const name = this.roster.name(thread);
      const ms = typeof timeoutMs === 'function' ? timeoutMs(name) : timeoutMs;
      return new Slot(thread, options.worker(name, this.#nodes[thread]), ms, owner);
    });
  }

  /** Nanoseconds since the run started; never less than any time journalled before. */
  now(): number {
    const now = monotonicNs() - this.#epochNs;
    if (now > this.#lastNs) this.#lastNs = now;
    return this.#lastNs;
  }

  /** Operations journalled so far: the index of the next one. */
  get length(): number {
    return this.#index;
  }

  /**
   * Performs a generator until it ends, the signal aborts, or nothing can go on; then waits for what is open,
   * at most until the drain deadline. On return every operation has its completion in the journal, flushed.
   * Rejects when the generator, the journal or the listener throws; open operations then end `info`.
   */
  async run(generator: GeneratorLike, options: PhaseOptions): Promise<PhaseOutcome> {
    if (this.#run !== undefined) throw new Error('the interpreter is running a phase already');
    if (this.#lost !== undefined) throw this.#lost;
    const fromNs = this.now();
    this.#table.time = 0;
    const run = new PhaseRun({
      core: new InterpreterCore(this.#table, from(generator)),
      slots: this.#slots,
      fromNs,
      drainMs: options.drainMs ?? DEFAULT_DRAIN_MS,
      now: () => this.now(),
      invoked: (slot, op, process, time) => this.#invoked(slot, op, process, time, options.phase),
      completed: (slot, completion, time) => this.#completed(slot, completion, time),
      flush: () => this.#options.journal.flush(),
      log: (line) => this.#options.onLog?.(line),
    });
    this.#run = run;
    try {
      const ended = await run.perform(options.signal);
      return { ...ended, fromNs, toNs: this.now() };
    } finally {
      this.#run = undefined;
    }
  }

  /**
   * Journals something that is not an operation of a thread: a cluster event, an undo outside a phase. It gets
   * the present time and the next index, and is flushed before this returns. A journal that cannot be written (a disk
   * that is full) is not the fault of who reports an event: it ends the phase that runs, or the next one.
   */
  record(entry: Omit<Op, 'index' | 'time'>): Op {
    // Answers that came before it go before it, so that times never run backwards along the history.
    this.#run?.takeIn();
    const op: Op = { index: 0, time: this.now(), ...entry };
    try {
      this.#append(op);
      this.#options.journal.flush();
    } catch (error) {
      this.#lost ??= error;
    }
    return op;
  }

  /** Closes every worker. Call it once, after the last phase; returns what went wrong. */
  async close(): Promise<string[]> {
    const closings = await Promise.allSettled(this.#slots.map((slot) => slot.worker.close?.()));
    return closings.flatMap((closing, i) =>
      closing.status === 'rejected' ? [`closing ${this.roster.name(i)}: ${messageOf(closing.reason)}`] : [],
    );
  }

  #append(op: Op): void {
    op.index = this.#index++;
    this.#options.journal.append(op);
    this.#options.onOp?.(op);
  }

  #invoked(slot: Slot, draft: OpDraft, process: Process, time: number, phase: Phase): void {
    const op = operation(
      time,
      process,
      'invoke',
      draft.f,
      draft.key,
      draft.value,
      this.#nodes[slot.thread],
      phase,
    );
    this.#append(op);
    slot.op = op;
    slot.deadlineNs = time + slot.timeoutMs * 1e6;
  }

  #completed(slot: Slot, completion: Completion, time: number): void {
    const { process, f, key, node, phase } = slot.op!;
    const op = operation(time, process, completion.type, f, key, completion.value, node, phase);
    if (completion.error !== undefined) op.error = completion.error;
    this.#append(op);
    slot.op = undefined;
    slot.deadlineNs = Number.POSITIVE_INFINITY;
    if (completion.type === 'info') slot.worker.retire?.();
  }
}

/** The node in the name of an observer, which is part of every observation. */
function observed(name: number | string): string | undefined {
  return typeof name === 'string' && name.startsWith('observer:')
    ? name.slice('observer:'.length)
    : undefined;
}

function operation(
  time: number,
  process: Process,
  type: OpType,
  f: string,
  key: Json | undefined,
  value: Json,
  node: string | undefined,
  phase: Phase | undefined,
): Op {
  const op: Op = { index: 0, time, process, type, f, value };
  if (key !== undefined) op.key = key;
  if (node !== undefined) op.node = node;
  if (phase !== undefined) op.phase = phase;
  return op;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
