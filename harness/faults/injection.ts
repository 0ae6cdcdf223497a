/**
 * One fault from the moment its lane and nodes are taken until it is undone: the guarded calls into the fault,
 * and the care for calls that come back after their deadline.
 */
import type { Evidence, Fault, FaultContext, NodeId, PlannedFault } from '../contracts.ts';
import type { FaultReport } from '../store/files.ts';
import type { ActiveFault } from './conflicts.ts';
import { type Guarded, guarded } from './guard.ts';

/** Makes the context of a call that ends with `signal`. */
export type ContextOf = (signal: AbortSignal) => FaultContext;

/** How long one injection and one undo may take, in milliseconds. */
export interface FaultDeadlines {
  injectMs: number;
  undoMs: number;
}

/** A fault that is in force, or about to be, or being undone. */
export class Injection implements ActiveFault {
  readonly id: string;
  readonly fault: string;
  readonly lane: string;
  readonly nodes: readonly NodeId[];
  /** The planned fault with the nodes it hits, known by now even where it aims at the leader. */
  readonly planned: PlannedFault;
  readonly definition: Fault;
  readonly report: FaultReport;
  /** Resolves when the injection has ended, one way or the other. */
  readonly settled: Promise<void>;
  /** Marks the injection as ended. */
  readonly settle: () => void;
  readonly #contextOf: ContextOf;
  readonly #deadlines: FaultDeadlines;
  readonly #late: Promise<unknown>[] = [];
  #undoing: Promise<void> | null = null;

  constructor(
    planned: PlannedFault,
    definition: Fault,
    report: FaultReport,
    contextOf: ContextOf,
    deadlines: FaultDeadlines,
  ) {
    this.id = planned.id;
    this.fault = planned.fault;
    this.lane = definition.lane;
    this.nodes = planned.nodes;
    this.planned = planned;
    this.definition = definition;
    this.report = report;
    this.#contextOf = contextOf;
    this.#deadlines = deadlines;
    let settle = (): void => undefined;
    this.settled = new Promise((resolve) => {
      settle = resolve;
    });
    this.settle = settle;
  }

  /**
   * Injects. An injection that misses its deadline, or is called off by `stop`, has failed; should it come back
   * later, it may have changed something after it was undone, and is undone once more. Never rejects.
   */
  async inject(stop: AbortSignal): Promise<Evidence> {
    const { planned, definition } = this;
    const call = await guarded(`inject ${this.id}`, this.#deadlines.injectMs, stop, (signal) =>
      definition.inject(planned, this.#contextOf(signal)),
    );
    return this.#evidenceOf(call, () => this.callUndo());
  }

  /** Calls the fault's undo, whatever was done before: undoing is idempotent. Never rejects. */
  async callUndo(): Promise<Evidence> {
    const { planned, definition } = this;
    const call = await guarded(`undo ${this.id}`, this.#deadlines.undoMs, undefined, (signal) =>
      definition.undo(planned, this.#contextOf(signal)),
    );
    return this.#evidenceOf(call, async () => undefined);
  }

  /** Runs `undo`, or waits for the one that runs already: however many ask, it happens once. */
  undoOnce(undo: () => Promise<void>): Promise<void> {
    this.#undoing ??= undo().finally(() => {
      this.#undoing = null;
    });
    return this.#undoing;
  }

  /** Calls that outlived their deadline, each settling when it and its second undo are through. */
  get late(): readonly Promise<unknown>[] {
    return this.#late;
  }

  #evidenceOf(call: Guarded, afterwards: () => Promise<unknown>): Evidence {
    if (call.straggler !== undefined) this.#late.push(call.straggler.then(afterwards));
    return call.evidence;
  }
}
