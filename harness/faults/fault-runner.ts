/**
 * Injects and undoes the faults of one run. Sits between the nemesis lanes of the interpreter and the faults
 * themselves, and trusts neither: conflicts are refused in words, every call has a deadline, every injection is
 * in the ledger before it happens, and whatever was begun is undone, if not by its own operation then by
 * `healAll`. Knows no particular fault: the registry is handed in.
 */
import type {
  Cluster,
  Evidence,
  Fault,
  FaultContext,
  Json,
  NodeId,
  PlannedFault,
  UndoAction,
} from '../contracts.ts';
import type { RunListener } from '../events.ts';
import type { Completion, Worker } from '../interpreter/worker.ts';
import type { FaultReport } from '../store/files.ts';
import { sleep } from '../time.ts';
import { type ActiveFault, conflictWith } from './conflicts.ts';
import { failure, type Guarded, guarded, messageOf, skip } from './guard.ts';
import { joinBit, type LaneOperation, laneCompletion, pendingReport } from './result.ts';

/** The part of the ledger a runner writes: each resolves when the entry is safely on disk. */
export interface UndoLog {
  beforeInject(faultId: string, actions: readonly UndoAction[]): Promise<void>;
  undone(faultId: string): Promise<void>;
}

/** What a runner is made of. */
export interface FaultRunnerOptions {
  cluster: Cluster;
  /** Faults by name, such as the registry of `nemesis/`. */
  faults: Readonly<Record<string, Fault>>;
  /** All injections of the plan, so that those that never came are reported too. */
  planned: readonly PlannedFault[];
  ledger: UndoLog;
  /** Who leads now, by majority of the latest observations; null for nobody. */
  leader: () => Promise<NodeId | null>;
  /** Nanoseconds since the run started. */
  now: () => number;
  onEvent?: RunListener;
  /** Deadline of one injection; default 15 s. */
  injectTimeoutMs?: number;
  /** Deadline of one undo, which may restart a node and wait for it; default 60 s. */
  undoTimeoutMs?: number;
}

/** What healing came to. Never an exception: the history and the verdict must survive a failed undo. */
export interface HealReport {
  /** Faults undone by this call, in the order in which they were undone (latest first). */
  undone: string[];
  /** One sentence per fault that could not be undone. */
  problems: string[];
}

interface Injection extends ActiveFault {
  planned: PlannedFault;
  definition: Fault;
  result: FaultReport;
  /** Answers once the injection has ended, one way or the other. */
  settled: Promise<void>;
  undoing: Promise<Evidence> | null;
  /** Calls that outlived their deadline and may still change something. */
  stragglers: Promise<void>[];
}

/** Deadline of one injection, and of one undo (which may restart a node and wait for it). */
const INJECT_MS = 15_000;
const UNDO_MS = 60_000;

/** The timeout the interpreter should give operations of nemesis lanes: the runner's own deadlines come first. */
export const LANE_TIMEOUT_MS: number = INJECT_MS + UNDO_MS + 5_000;

/** How long healing waits for calls that outlived their deadline before it undoes them once more. */
const STRAGGLER_MS = 1_000;

/** One per run. */
export class FaultRunner {
  readonly #options: FaultRunnerOptions;
  readonly #results = new Map<string, FaultReport>();
  readonly #planned = new Map<string, PlannedFault>();
  /** In the order of injection. */
  readonly #active = new Map<string, Injection>();
  /** Undone after misbehaving; undone once more by `healAll`, in case a late call changed something. */
  readonly #suspects = new Set<Injection>();
  readonly #stop = new AbortController();

  constructor(options: FaultRunnerOptions) {
    this.#options = options;
    for (const planned of options.planned) {
      this.#planned.set(planned.id, planned);
      this.#results.set(planned.id, pendingReport(planned, options.faults[planned.fault]));
    }
  }

  /** Every planned fault and what became of it, in plan order; `pending` ones never fired. Copies: safe to keep. */
  results(): FaultReport[] {
    return [...this.#results.values()].map((result) => ({ ...result, nodes: [...result.nodes] }));
  }

  /** Ids of the faults in force now, oldest first. */
  active(): string[] {
    return [...this.#active.keys()];
  }

  /** A worker for a nemesis lane of the interpreter; all lanes may share it. */
  worker(): Worker {
    return { invoke: (op, call) => this.invoke(op, call.signal) };
  }

  /**
   * Carries out one operation of a nemesis lane. Never rejects: ok is installed or undone, fail is skipped,
   * info is failed, each with its evidence in the value.
   */
  async invoke(operation: LaneOperation, signal?: AbortSignal): Promise<Completion> {
    const asked = /^(inject|undo)-(.+)$/.exec(operation.f);
    const id = (operation.value as { id?: Json } | null)?.id;
    const planned = typeof id === 'string' ? this.#planned.get(id) : undefined;
    if (asked === null || planned === undefined || planned.fault !== asked[2]) {
      return laneCompletion(operation.value, failure(`${operation.f} ${String(id)} is not in the plan`));
    }
    const evidence =
      asked[1] === 'inject' ? await this.#inject(planned, signal) : await this.#undoById(planned.id);
    const { nodes } = this.#results.get(planned.id)!;
    return laneCompletion({ ...(operation.value as Record<string, Json>), nodes }, evidence);
  }

  /**
   * Undoes everything in force, latest first, after ending injections that are under way; tries a second time
   * what did not work. Refuses injections from now on. Never rejects.
   */
  async healAll(): Promise<HealReport> {
    const report: HealReport = { undone: [], problems: [] };
    this.#stop.abort(new Error('the run is healing'));
    await Promise.all([...this.#active.values()].map((injection) => injection.settled));
    for (let attempt = 0; attempt < 2; attempt++) {
      for (const injection of [...this.#active.values()].reverse()) {
        await this.#undo(injection);
        if (!this.#active.has(injection.id)) report.undone.push(injection.id);
      }
    }
    await this.#settleSuspects();
    for (const { id, result } of this.#active.values()) {
      report.problems.push(`${id} could not be undone: ${result.undo?.summary ?? 'no answer'}`);
    }
    return report;
  }

  async #settleSuspects(): Promise<void> {
    const late = [...this.#suspects].flatMap((injection) => injection.stragglers);
    if (late.length > 0) await Promise.race([Promise.all(late), sleep(STRAGGLER_MS)]);
    for (const injection of this.#suspects) await this.#callUndo(injection);
    this.#suspects.clear();
  }

  async #inject(planned: PlannedFault, signal: AbortSignal | undefined): Promise<Evidence> {
    const definition = this.#options.faults[planned.fault];
    const result = this.#results.get(planned.id)!;
    const end = (evidence: Evidence): Evidence => this.#injected(result, evidence);
    if (definition === undefined) return end(failure(`there is no fault called ${planned.fault}`));
    if (result.state !== 'pending') return end(failure(`${planned.id} was injected before`));
    const nodes = await this.#nodesOf(planned);
    if (nodes instanceof Error) return end(failure(`who leads could not be found out: ${nodes.message}`));
    if (nodes === null) return end(skip('nobody leads at this moment'));
    if (this.#stop.signal.aborted) return end(skip('the run is healing'));
    const conflict = conflictWith(definition, nodes, this.#active.values());
    if (conflict !== null) return end(skip(conflict));
    const { injection, settle } = this.#claim(planned, definition, nodes, result);
    try {
      return await this.#install(injection, signal, end);
    } finally {
      settle();
    }
  }

  /** From here on the lane and the nodes are taken, before anything is awaited. */
  #claim(
    planned: PlannedFault,
    definition: Fault,
    nodes: NodeId[],
    result: FaultReport,
  ): { injection: Injection; settle: () => void } {
    let settle = (): void => undefined;
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const injection: Injection = {
      id: planned.id,
      fault: planned.fault,
      lane: definition.lane,
      nodes,
      planned: { ...planned, nodes },
      definition,
      result,
      settled,
      undoing: null,
      stragglers: [],
    };
    result.nodes = nodes;
    this.#active.set(planned.id, injection);
    return { injection, settle };
  }

  async #install(
    injection: Injection,
    signal: AbortSignal | undefined,
    end: (evidence: Evidence) => Evidence,
  ): Promise<Evidence> {
    const { definition, planned, result } = injection;
    const context = (inner: AbortSignal): FaultContext => this.#context(inner);
    try {
      const actions = definition.undoActions(planned, context(this.#stop.signal));
      await this.#options.ledger.beforeInject(planned.id, actions);
    } catch (error) {
      // Nothing was done yet, and without the entry nothing may be.
      this.#active.delete(planned.id);
      return end(failure(`the undo could not be written down first: ${messageOf(error)}`));
    }
    const stop = signal === undefined ? this.#stop.signal : AbortSignal.any([this.#stop.signal, signal]);
    const call = await guarded(
      `inject ${planned.id}`,
      this.#options.injectTimeoutMs ?? INJECT_MS,
      stop,
      (inner) => definition.inject(planned, context(inner)),
    );
    this.#keepStraggler(injection, call, () => this.#callUndo(injection));
    const evidence = end(call.evidence);
    const found = evidence.measures['nodes'];
    if (Array.isArray(found) && found.length > 0) result.nodes = found.map(String);
    if (evidence.state === 'skipped') {
      this.#active.delete(planned.id);
      await this.#note(planned.id);
    }
    // It may have done part of its work: undo it now rather than at the end of the run.
    if (evidence.state === 'failed') await this.#undo(injection);
    return evidence;
  }

  /** The nodes of a fault that fires now; null when it hits the leader and nobody leads. */
  async #nodesOf(planned: PlannedFault): Promise<NodeId[] | null | Error> {
    if (planned.nodes.length > 0 || planned.target !== 'leader') return [...planned.nodes];
    try {
      const leader = await this.#options.leader();
      return leader === null ? null : [leader];
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #undoById(id: string): Promise<Evidence> {
    const injection = this.#active.get(id);
    if (injection !== undefined) {
      await injection.settled;
      if (this.#active.has(id)) return this.#undo(injection);
    }
    const { state, undo } = this.#results.get(id)!;
    if (undo !== null && undo.state !== 'failed') return skip('was undone already');
    return skip(state === 'pending' ? 'was never injected' : `was not installed (${state})`);
  }

  /** Undoes once, however many ask. */
  #undo(injection: Injection): Promise<Evidence> {
    injection.undoing ??= this.#undoNow(injection).finally(() => {
      injection.undoing = null;
    });
    return injection.undoing;
  }

  async #undoNow(injection: Injection): Promise<Evidence> {
    const { result, id } = injection;
    const evidence = await this.#callUndo(injection);
    result.undo = evidence;
    result.bit = joinBit(result.inject, evidence);
    // Skipped means that there was nothing left to undo, which is as good as undone.
    if (evidence.state !== 'failed') {
      if (result.fromNs !== null) result.toNs = this.#options.now();
      this.#active.delete(id);
      if (result.state === 'failed') this.#suspects.add(injection);
      await this.#note(id);
    }
    this.#emitUndone(result, evidence);
    return evidence;
  }

  async #callUndo(injection: Injection): Promise<Evidence> {
    const { definition, planned } = injection;
    const timeoutMs = this.#options.undoTimeoutMs ?? UNDO_MS;
    const call = await guarded(`undo ${planned.id}`, timeoutMs, undefined, (inner) =>
      definition.undo(planned, this.#context(inner)),
    );
    this.#keepStraggler(injection, call, async () => undefined);
    return call.evidence;
  }

  /** A call that answers after its deadline may have changed something after the undo. */
  #keepStraggler(injection: Injection, call: Guarded, then: () => Promise<unknown>): void {
    if (call.straggler === undefined) return;
    injection.stragglers.push(call.straggler.then(then).then(() => undefined));
  }

  /** An undone entry that cannot be written costs nothing: `clean` would find nothing left to undo. */
  async #note(id: string): Promise<void> {
    try {
      await this.#options.ledger.undone(id);
    } catch (error) {
      this.#options.onEvent?.({
        kind: 'notice',
        text: `the ledger could not record that ${id} is undone: ${messageOf(error)}`,
      });
    }
  }

  #context(signal: AbortSignal): FaultContext {
    return { cluster: this.#options.cluster, leader: this.#options.leader, signal };
  }

  #injected(result: FaultReport, evidence: Evidence): Evidence {
    if (result.state === 'pending') {
      result.state = evidence.state;
      result.inject = evidence;
      result.fromNs = evidence.state === 'installed' ? this.#options.now() : null;
      result.bit = joinBit(evidence, null);
    }
    this.#options.onEvent?.({
      kind: 'fault-injected',
      id: result.id,
      fault: result.fault,
      label: `${result.fault} ${result.mode}`,
      nodes: result.nodes,
      timeNs: this.#options.now(),
      state: evidence.state,
      summary: evidence.summary,
    });
    return evidence;
  }

  #emitUndone(result: FaultReport, evidence: Evidence): void {
    this.#options.onEvent?.({
      kind: 'fault-undone',
      id: result.id,
      fault: result.fault,
      label: `${result.fault} ${result.mode}`,
      nodes: result.nodes,
      timeNs: this.#options.now(),
      ok: evidence.state !== 'failed',
      bit: result.bit,
      summary: evidence.summary,
    });
  }
}
