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
  Variants,
} from '../contracts.ts';
import type { FaultInjected, FaultUndone, RunListener } from '../events.ts';
import type { Completion } from '../interpreter/worker.ts';
import type { Membership } from '../membership.ts';
import type { FaultReport } from '../store/files.ts';
import { sleep } from '../time.ts';
import { conflictWith } from './conflicts.ts';
import { failure, messageOf, skip } from './guard.ts';
import { Injection } from './injection.ts';
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
  /** How the members of the system are changed, where they are. */
  membership?: Membership;
  /** Nanoseconds since the run started. */
  now: () => number;
  onEvent?: RunListener;
  /** What nodes can be started as. */
  variants?: Variants;
  /** Keeps lines beside the run as evidence; returns the file's name. */
  keep?: (name: string, lines: readonly string[]) => string;
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

/** Deadline of one injection, and of one undo (which may restart a node and wait for it). */
const INJECT_MS = 15_000;
const UNDO_MS = 60_000;

/**
 * A fault that cannot be installed at its time (nobody leads, another lane has its node, the node is down) is
 * tried again for this share of its planned stretch: most obstacles are gone in a moment.
 */
const PATIENCE = 0.5;
const RETRY_MS = 50;

/** How long healing waits for calls that outlived their deadline before it undoes them once more. */
const LATE_MS = 1_000;

/** One per run. */
export class FaultRunner {
  readonly #options: FaultRunnerOptions;
  readonly #reports = new Map<string, FaultReport>();
  readonly #planned = new Map<string, PlannedFault>();
  /** In the order of injection. */
  readonly #active = new Map<string, Injection>();
  /** Undone after misbehaving; undone once more by `healAll`, in case a late call changed something. */
  readonly #suspects = new Set<Injection>();
  /** Injections that were asked for, and those undone before they could be installed. */
  readonly #begun = new Set<string>();
  readonly #calledOff = new Set<string>();
  readonly #stop = new AbortController();

  constructor(options: FaultRunnerOptions) {
    this.#options = options;
    for (const planned of options.planned) {
      this.#planned.set(planned.id, planned);
      this.#reports.set(planned.id, pendingReport(planned, options.faults[planned.fault]));
    }
  }

  /** Every planned fault and what became of it, in plan order; `pending` ones never fired. Safe to keep. */
  results(): FaultReport[] {
    return [...this.#reports.values()].map((report) => ({ ...report, nodes: [...report.nodes] }));
  }

  /** Ids of the faults in force now, oldest first. */
  active(): string[] {
    return [...this.#active.keys()];
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
    const { nodes } = this.#reports.get(planned.id)!;
    return laneCompletion({ ...(operation.value as Record<string, Json>), nodes }, evidence);
  }

  /**
   * Undoes everything in force, latest first, after ending injections that are under way; tries a second time
   * what did not work. Refuses injections from now on. Never rejects.
   */
  async healAll(): Promise<HealReport> {
    const healed: HealReport = { undone: [], problems: [] };
    this.#stop.abort(new Error('the run is healing'));
    await Promise.all([...this.#active.values()].map((injection) => injection.settled));
    for (let attempt = 0; attempt < 2; attempt++) {
      for (const injection of [...this.#active.values()].reverse()) {
        await this.#undo(injection);
        if (!this.#active.has(injection.id)) healed.undone.push(injection.id);
      }
    }
    await this.#settleSuspects();
    for (const { id, report } of this.#active.values()) {
      healed.problems.push(`${id} could not be undone: ${report.undo?.summary ?? 'no answer'}`);
    }
    return healed;
  }

  async #settleSuspects(): Promise<void> {
    const late = [...this.#suspects].flatMap((injection) => injection.late);
    if (late.length > 0) await Promise.race([Promise.all(late), sleep(LATE_MS)]);
    for (const injection of this.#suspects) await injection.callUndo();
    this.#suspects.clear();
  }

  async #inject(planned: PlannedFault, signal: AbortSignal | undefined): Promise<Evidence> {
    const definition = this.#options.faults[planned.fault];
    const report = this.#reports.get(planned.id)!;
    if (this.#begun.has(planned.id)) return failure(`${planned.id} was injected before`);
    this.#begun.add(planned.id);
    if (definition === undefined) {
      return this.#injected(report, failure(`there is no fault called ${planned.fault}`));
    }
    const beganNs = this.#options.now();
    const patienceNs = (planned.untilNs - planned.atNs) * PATIENCE;
    const waitedNs = (): number => this.#options.now() - beganNs;
    let attempt = await this.#attempt(planned, definition, signal);
    while (attempt.evidence.state === 'skipped' && waitedNs() < patienceNs) {
      if (!(await this.#rest(planned.id, signal))) break;
      attempt = await this.#attempt(planned, definition, signal);
    }
    try {
      const evidence = this.#injected(report, attempt.evidence);
      // It may have done part of its work: undo it now rather than at the end of the run.
      if (evidence.state === 'failed' && attempt.injection !== null) await this.#undo(attempt.injection);
      return evidence;
    } finally {
      attempt.injection?.settle();
    }
  }

  /** Waits a moment before the next attempt; false when there shall be none. */
  async #rest(id: string, signal: AbortSignal | undefined): Promise<boolean> {
    const stop = this.#stopOr(signal);
    // Aborted while it rests: whoever aborted wants no further attempt.
    await sleep(RETRY_MS, stop).catch(() => undefined);
    return !stop.aborted && !this.#calledOff.has(id);
  }

  /** One attempt. The injection is null unless the fault was called and did not decline. */
  async #attempt(
    planned: PlannedFault,
    definition: Fault,
    signal: AbortSignal | undefined,
  ): Promise<{ evidence: Evidence; injection: Injection | null }> {
    const none = (evidence: Evidence) => ({ evidence, injection: null });
    const nodes = await this.#nodesOf(planned);
    if (nodes instanceof Error) return none(failure(`who leads could not be found out: ${nodes.message}`));
    if (nodes === null) return none(skip('nobody leads at this moment'));
    if (this.#stop.signal.aborted) return none(skip('the run is healing'));
    const conflict = conflictWith(definition, nodes, this.#active.values());
    if (conflict !== null) return none(skip(conflict));
    // From here on lane and nodes are taken: nothing was awaited since the conflicts were looked at.
    const report = this.#reports.get(planned.id)!;
    const deadlines = {
      injectMs: this.#options.injectTimeoutMs ?? INJECT_MS,
      undoMs: this.#options.undoTimeoutMs ?? UNDO_MS,
    };
    const contextOf = (inner: AbortSignal): FaultContext => this.#context(inner);
    const injection = new Injection({ ...planned, nodes }, definition, report, contextOf, deadlines);
    this.#active.set(planned.id, injection);
    const given = await this.#install(injection, signal);
    if (given.called && given.evidence.state !== 'skipped') return { evidence: given.evidence, injection };
    this.#active.delete(planned.id);
    injection.settle();
    if (given.called) await this.#note(planned.id);
    return none(given.evidence);
  }

  /** Writes the undo down and injects. `called` is false when it did not come to that. */
  async #install(
    injection: Injection,
    signal: AbortSignal | undefined,
  ): Promise<{ evidence: Evidence; called: boolean }> {
    const { definition, planned, report, id } = injection;
    try {
      const actions = definition.undoActions(planned, this.#context(this.#stop.signal));
      await this.#options.ledger.beforeInject(id, actions);
    } catch (error) {
      // Nothing was done yet, and without the entry nothing may be.
      const reason = `the undo could not be written down first: ${messageOf(error)}`;
      return { evidence: failure(reason), called: false };
    }
    report.nodes = [...injection.nodes];
    // In force from the first moment it may be, until the last: the stretch must cover whatever it caused.
    report.fromNs = this.#options.now();
    return { evidence: await injection.inject(this.#stopOr(signal)), called: true };
  }

  #stopOr(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#stop.signal : AbortSignal.any([this.#stop.signal, signal]);
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
    await injection?.settled;
    const report = this.#reports.get(id)!;
    if (injection !== undefined && this.#active.has(id)) {
      await this.#undo(injection);
      return report.undo!;
    }
    if (report.undo !== null && report.undo.state !== 'failed') return skip('was undone already');
    this.#calledOff.add(id);
    return skip(report.state === 'pending' ? 'was never injected' : `was not installed (${report.state})`);
  }

  #undo(injection: Injection): Promise<void> {
    const { report, id } = injection;
    return injection.undoOnce(async () => {
      const evidence = await injection.callUndo();
      report.undo = evidence;
      report.bit = joinBit(report.inject, evidence);
      // Skipped means that there was nothing left to undo, which is as good as undone.
      if (evidence.state !== 'failed') {
        if (report.fromNs !== null) report.toNs = this.#options.now();
        this.#active.delete(id);
        if (report.state === 'failed') this.#suspects.add(injection);
        await this.#note(id);
      }
      const ok = evidence.state !== 'failed';
      this.#emit(report, { kind: 'fault-undone', ok, bit: report.bit, summary: evidence.summary });
    });
  }

  /** An undone entry that cannot be written costs nothing: `clean` would find nothing left to undo. */
  async #note(id: string): Promise<void> {
    try {
      await this.#options.ledger.undone(id);
    } catch (error) {
      const text = `the ledger could not record that ${id} is undone: ${messageOf(error)}`;
      this.#options.onEvent?.({ kind: 'notice', text });
    }
  }

  #context(signal: AbortSignal): FaultContext {
    const { cluster, leader, keep, variants, membership } = this.#options;
    return {
      cluster,
      leader,
      signal,
      ...(keep === undefined ? {} : { keep }),
      ...(membership === undefined ? {} : { membership }),
      ...(variants === undefined ? {} : { variants }),
    };
  }

  #injected(report: FaultReport, evidence: Evidence): Evidence {
    const { state, summary, measures } = evidence;
    report.state = state;
    report.inject = evidence;
    if (state !== 'installed') report.fromNs = null;
    report.bit = joinBit(evidence, null);
    const found = measures['nodes'];
    if (Array.isArray(found) && found.length > 0) report.nodes = found.map(String);
    this.#emit(report, { kind: 'fault-injected', state, summary });
    return evidence;
  }

  #emit(report: FaultReport, what: WithoutFault<FaultInjected> | WithoutFault<FaultUndone>): void {
    const { id, fault, mode, nodes } = report;
    const label = mode === fault ? fault : `${fault} ${mode}`;
    this.#options.onEvent?.({ ...what, id, fault, label, nodes, timeNs: this.#options.now() });
  }
}

type WithoutFault<T> = Omit<T, 'id' | 'fault' | 'label' | 'nodes' | 'timeNs'>;
