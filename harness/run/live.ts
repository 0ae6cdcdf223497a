/**
 * The live half of a run: cluster, clients, observers, nemesis lanes, and the phases that need them. Everything
 * it learns goes into the journal and the ledger; judging happens later, from the files.
 */
import { join } from 'node:path';
import { ClientMiddleware } from '../client/middleware.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import type {
  Cluster,
  ClusterEvent,
  Invocation,
  LinkCounters,
  NodeId,
  System,
  SystemContext,
} from '../contracts.ts';
import { FaultRunner } from '../faults/fault-runner.ts';
import type { RunLedger } from '../faults/ledger.ts';
import { any, clients, until } from '../generator/index.ts';
import type { JournalWriter } from '../history/journal.ts';
import { ClientWorker } from '../interpreter/client-worker.ts';
import { Interpreter, type PhaseOutcome } from '../interpreter/interpreter.ts';
import type { Worker } from '../interpreter/worker.ts';
import type { Membership } from '../membership.ts';
import { NETWORK, networkRules } from '../network/net-profiles.ts';
import { type NetworkReport, networkReport } from '../network/report.ts';
import type { Json, Phase } from '../op.ts';
import { loadGenerator } from '../plan/load.ts';
import { spokenWorkload } from '../plan/plan.ts';
import { Seed } from '../random.ts';
import { type FaultReport, type MessageCounts, RUN_FILES, type VerdictFile } from '../store/files.ts';
import { every, monotonicNs, sleep, type Timer } from '../time.ts';
import { ClockSamples, type ClockTrack } from './clock-samples.ts';
import { elsewhere } from './elsewhere.ts';
import { FaultEvents } from './fault-events.ts';
import { Incidents } from './incidents.ts';
import { keeperIn } from './keeper.ts';
import { LeaderBook } from './leader-book.ts';
import { countMessages, perOperation } from './message-counts.ts';
import { isObserved, lastLogs, OBSERVE_TIMEOUT_MS, Observer, observerThread, observing } from './observer.ts';
import { Patience } from './patience.ts';
import { settled, unsettled } from './settled.ts';
import type { RunSpec } from './spec.ts';
import { Tally } from './tally.ts';
import { RunVariants } from './variants.ts';

/** Drain of the load phase: longer than any operation's own deadline only by this much. */
const DRAIN_MARGIN_MS = 1_000;
/** Number of the first process that stands for a repeated attempt; those of clients stay far below. */
const FIRST_ATTEMPT = 1_000_000;
/** Between two readings of clocks. */
const CLOCK_MS = 100;
/** How long a client may wait for the cluster's own restart of a node while faults are undone. */
const UNDO_MS = 60_000;

/** One cluster under load. Made by `executeRun`, used once. */
export class LiveRun {
  readonly cluster: Cluster;
  readonly tally = new Tally();
  readonly notes: string[] = [];
  readonly #spec: RunSpec;
  readonly #context: SystemContext;
  readonly #book = new LeaderBook();
  readonly #runner: FaultRunner;
  readonly #interpreter: Interpreter;
  readonly #faultEvents: FaultEvents;
  readonly #middleware: ClientMiddleware | null = null;
  readonly #clockSamples: ClockSamples | null;
  #attempts = 0;
  #phase: Phase = 'setup';
  #settled = true;
  #patience: Patience | null = null;
  #counters: readonly LinkCounters[] = [];
  #loadFromNs = 0;
  readonly #incidents = new Incidents();
  #loadMessages: MessageCounts | null = null;
  #messages: NonNullable<VerdictFile['messages']> | null = null;

  constructor(
    spec: RunSpec,
    folder: string,
    journal: JournalWriter,
    ledger: RunLedger,
    runId: string,
    epochNs: number,
  ) {
    this.#spec = spec;
    const again = (op: Invocation, node: NodeId): void => this.#mayHappenAgain(op, node);
    if (spec.client?.length)
      this.#middleware = new ClientMiddleware(spec.client, Seed.of(spec.plan.seed), again);
    const now = (): number => this.#interpreter?.now() ?? monotonicNs() - epochNs;
    const { plan, system } = spec;
    const variants = variantsOf(spec);
    this.cluster = spec.backend.create({
      runId,
      nodes: plan.nodes,
      seed: Seed.of(plan.seed).fork('network'),
      program: (address) => variants.program(address, spec.backend.speaks ?? spec.backend.name),
      ...(system.simulated === undefined ? {} : { simulated: (address) => variants.simulated(address) }),
      ...wireOf(spec),
      ready: system.ready,
      ports: system.ports ?? ['main'],
      ...(system.addressing ? { addressing: system.addressing } : {}),
      logsDir: join(folder, RUN_FILES.logs),
      dataDir: join(folder, 'data'),
      ledger: (started) => ledger.process(started),
      ...elsewhere(spec, ledger),
      messages: { path: join(folder, RUN_FILES.messages) },
      ...(spec.onMessage ? { onMessage: spec.onMessage } : {}),
      now,
      ...(spec.capture === true ? { capture: true } : {}),
      ...(spec.fixedPorts ? { fixedPorts: spec.fixedPorts } : {}),
      ...(spec.restart ? { restart: spec.restart } : {}),
      ...(spec.clocks ? { clocks: spec.clocks } : {}),
      ...(spec.disks ? { disks: spec.disks } : {}),
      ...(spec.virtualTime ? { virtualTime: spec.virtualTime } : {}),
      ...patience(spec.readyMs ?? system.readyMs),
    });
    if (spec.network) this.cluster.links.set(NETWORK, networkRules(spec.network.links));
    const skews = plan.faults.some(({ fault }) => fault === 'clock');
    this.#clockSamples = skews ? new ClockSamples(this.cluster.clocks, plan.nodes) : null;
    this.#context = contextOf(spec, this.cluster);
    this.#faultEvents = new FaultEvents(plan.faults, spec.onEvent);
    this.#runner = new FaultRunner({
      cluster: this.cluster,
      faults: spec.faults,
      planned: plan.faults,
      ledger,
      leader: async () => this.#book.leader(),
      ...{ now, undoTimeoutMs: UNDO_MS, ...membershipOf(system, this.#context) },
      variants,
      keep: keeperIn(folder),
    });
    this.#interpreter = new Interpreter({
      clients: plan.concurrency,
      named: [
        ...plan.lanes.map((lane) => `nemesis:${lane}`),
        ...(isObserved(system) ? plan.nodes.map(observerThread) : []),
      ],
      nodes: plan.nodes,
      worker: (thread, node) => this.#worker(thread, node),
      journal,
      epochNs,
      timeoutMs: (thread) => timeoutOf(thread, plan.opTimeoutMs),
      onOp: (op) => {
        this.tally.record(op);
        if (op.type === 'ok') this.#patience?.answered();
        this.#faultEvents.record(op);
      },
    });
    this.cluster.onEvent((event) => this.#clusterEvent(event));
  }

  /** Nanoseconds since the run started. */
  now(): number {
    return this.#interpreter.now();
  }

  /** When the load began, ns since the run started: what the times of the plan count from. */
  get loadFromNs(): number {
    return this.#loadFromNs;
  }

  /** Starts the cluster; rejects with an error fit for a reader. */
  async setUp(): Promise<void> {
    await this.cluster.up(AbortSignal.any([this.#spec.stop, this.#spec.leave]));
  }

  /** Drives clients, lanes and observers until the time limit, the end of the workload, the stop signal or `early`. */
  async load(early: readonly AbortSignal[] = []): Promise<PhaseOutcome> {
    this.#phase = 'load';
    this.#loadFromNs = this.now();
    const { plan, built, system } = this.#spec;
    const generator = any(
      loadGenerator(plan, built.generator),
      ...(isObserved(system) ? [until(plan.timeLimitMs * 1e6, observing(system))] : []),
    );
    const sampler = this.#sample();
    const clocks = this.#clockSamples === null ? null : every(CLOCK_MS, () => this.#readClocks(), true);
    try {
      return await this.#interpreter.run(generator, {
        phase: 'load',
        signal: AbortSignal.any([this.#spec.stop, this.#spec.leave, ...early]),
        drainMs: plan.opTimeoutMs + DRAIN_MARGIN_MS,
      });
    } finally {
      sampler.cancel();
      clocks?.cancel();
      this.#emitSample();
      this.#loadMessages = this.#countMessages();
    }
  }

  /** Undoes whatever is still in force, and journals it. */
  async heal(): Promise<boolean> {
    this.#phase = 'heal';
    const before = new Map(this.#runner.results().map((report) => [report.id, report]));
    const healed = await this.#runner.healAll();
    for (const report of this.#runner.results()) {
      if (report.undo !== null && before.get(report.id)?.undo === null) this.#journalUndo(report);
    }
    this.notes.push(...healed.problems);
    return healed.problems.length === 0;
  }

  /** Waits until the cluster is itself again; false when the deadline passed first. */
  async settle(): Promise<boolean> {
    this.#phase = 'settle';
    const { settleMs, leave, system, plan } = this.#spec;
    const done = new AbortController();
    const watch = this.#watchSettled(settleMs, AbortSignal.any([leave, done.signal])).finally(() =>
      done.abort(),
    );
    if (isObserved(system)) {
      await this.#interpreter.run(observing(system), {
        phase: 'settle',
        signal: AbortSignal.any([leave, done.signal]),
        drainMs: OBSERVE_TIMEOUT_MS + DRAIN_MARGIN_MS,
      });
    }
    const fine = await watch;
    this.#settled = fine;
    const down = plan.nodes.filter((node) => this.cluster.state(node) !== 'running');
    if (!fine && !leave.aborted) this.notes.push(unsettled(settleMs, down));
    return fine;
  }

  /** Final operations of the workload, if it has any, then the end of every node's log, where nodes show it. */
  async final(): Promise<void> {
    this.#phase = 'final';
    const { built, plan, leave, system, settleMs } = this.#spec;
    // Where the cluster is not itself every question may wait for its time to pass.
    const longestMs = Math.max(settleMs, 2 * plan.opTimeoutMs);
    this.#patience = this.#settled ? null : new Patience(longestMs, leave);
    const signal = this.#patience?.signal ?? leave;
    const terms = { phase: 'final' as const, signal, drainMs: plan.opTimeoutMs + DRAIN_MARGIN_MS };
    if (built.final !== undefined) await this.#interpreter.run(clients(built.final), terms);
    if (signal.aborted && !leave.aborted)
      this.notes.push(`final operations were given up after ${longestMs} ms without an answer`);
    if (system.observeLog !== undefined && !signal.aborted) await this.#interpreter.run(lastLogs(), terms);
  }

  /** Ends clients and cluster. Never rejects; what went wrong is added to the notes. True: nothing is left. */
  async tearDown(): Promise<boolean> {
    const closing = await this.#interpreter.close();
    const all = this.#countMessages();
    if (all !== null && this.#loadMessages !== null) this.#messages = { load: this.#loadMessages, all };
    await this.cluster.links.sync?.().catch((error: Error) => this.notes.push(error.message));
    this.#counters = this.cluster.links.counters();
    this.notes.push(...this.#incidents.notes(), ...(this.cluster.caveats?.() ?? []));
    const ending = await this.cluster.down();
    this.notes.push(...closing, ...ending, ...(this.#middleware === null ? [] : [this.#middleware.words()]));
    return ending.length === 0;
  }

  /** Messages of the load and of the run, once it is over; null where the network does not see them. */
  messages(): NonNullable<VerdictFile['messages']> | null {
    return this.#messages;
  }

  #countMessages(): MessageCounts | null {
    const { backend, links } = this.cluster;
    if (backend !== 'stdio' && backend !== 'sim') return null;
    return perOperation(countMessages(links.counters()), this.tally.counts().invoked);
  }

  /** The network as it was meant and as it was; null where nothing was said of it. Call it after `tearDown`. */
  network(): NetworkReport | null {
    const { network } = this.#spec;
    return network === undefined ? null : networkReport(network.name, network.links, this.#counters);
  }

  /** What became of every planned fault; times count from the start of the run. */
  faults(): FaultReport[] {
    return this.#runner
      .results()
      .map((report) => ({ ...report, plannedNs: report.plannedNs + this.#loadFromNs }));
  }

  #worker(thread: number | string, node: string | undefined): Worker {
    const { system } = this.#spec;
    if (typeof thread === 'number') {
      return new ClientWorker({
        open: async (process) => {
          const client = await system.open(node!, this.#context, `c${process}`);
          return this.#middleware?.wrap(client, node!) ?? client;
        },
        onTrouble: (what) => this.notes.push(what),
      });
    }
    if (thread.startsWith('observer:')) {
      return new Observer(node!, system, this.#context, this.#book, () => this.#leadersChanged());
    }
    return { invoke: (op, call) => this.#runner.invoke(op, call.signal) };
  }

  /** An attempt without a name, after one of unknown outcome: the operation may take effect once more, at any time. */
  #mayHappenAgain({ f, key, value }: Invocation, node: NodeId): void {
    if (f === 'read') return;
    const process = FIRST_ATTEMPT + this.#attempts++;
    const op = { process, f, value, node, phase: this.#phase, ...(key === undefined ? {} : { key }) };
    this.#interpreter.record({ ...op, type: 'invoke' });
    const error = { definite: false, kind: 'retried', message: 'asked again after no answer' };
    this.#interpreter.record({ ...op, type: 'info', error });
  }

  #leadersChanged(): void {
    this.#spec.onEvent({ kind: 'leaders-changed', leaders: this.#book.leaders(), timeNs: this.now() });
  }

  #clusterEvent(event: ClusterEvent): void {
    const { node, kind, detail } = event;
    const reason = this.#incidents.record(event);
    this.#interpreter.record({
      process: 'cluster',
      type: 'info',
      f: kind,
      value: detail,
      node,
      phase: this.#phase,
    });
    this.#spec.onEvent({
      kind: 'node-changed',
      node,
      state: this.cluster.state(node),
      timeNs: this.now(),
      reason,
    });
  }

  #journalUndo(report: FaultReport): void {
    const { id, fault, mode, nodes, target, params } = report;
    const value = { id, fault, mode, nodes, target, params } as unknown as Record<string, Json>;
    const base = { process: `nemesis:${report.lane}`, f: `undo-${fault}`, phase: 'heal' as const };
    this.#interpreter.record({ ...base, type: 'invoke', value });
    const undone = report.undo!.state === 'installed';
    const evidence = report.undo as unknown as Json;
    this.#interpreter.record({ ...base, type: undone ? 'ok' : 'info', value: { ...value, evidence } });
  }

  async #watchSettled(settleMs: number, signal: AbortSignal): Promise<boolean> {
    const deadline = monotonicNs() + settleMs * 1e6;
    while (!signal.aborted && monotonicNs() < deadline) {
      if (settled(this.cluster, this.#book, this.#spec.system.observe !== undefined)) return true;
      try {
        await sleep(100, signal);
      } catch {
        return false;
      }
    }
    return false;
  }

  #readClocks(): void {
    void this.#clockSamples?.take(() => this.now());
  }

  /** How wrong clocks were during the load; empty where no fault was to touch them. */
  clocks(): ClockTrack[] {
    return this.#clockSamples?.tracks() ?? [];
  }

  #sample(): Timer {
    return every(250, () => this.#emitSample(), true);
  }

  #emitSample(): void {
    for (const event of this.tally.sample(this.now())) this.#spec.onEvent(event);
  }
}

function patience(readyMs: number | undefined): Pick<ClusterOptions, 'timeouts'> {
  return readyMs === undefined ? {} : { timeouts: { readyMs } };
}

/** What nodes are started as. */
function variantsOf({ plan, system, systemOptions, bugs, variants }: RunSpec): RunVariants {
  const own = { system, options: systemOptions, bugs };
  const { named = {}, mixed = {} } = variants ?? {};
  return new RunVariants({ own, named, mixed, nodes: plan.nodes, workload: spokenWorkload(plan) });
}

/** What the system says of its network. */
function wireOf({ plan, system, systemOptions, bugs }: RunSpec): Pick<ClusterOptions, 'stdio'> {
  const context = { nodes: plan.nodes, workload: spokenWorkload(plan), options: systemOptions, bugs };
  return system.wire === undefined ? {} : { stdio: { wire: system.wire(context) } };
}

function contextOf({ plan, systemOptions, bugs }: RunSpec, cluster: Cluster): SystemContext {
  return { cluster, nodes: plan.nodes, workload: spokenWorkload(plan), options: systemOptions, bugs };
}

function membershipOf({ membership }: System, context: SystemContext): { membership?: Membership } {
  return membership === undefined ? {} : { membership: membership(context) };
}

function timeoutOf(thread: number | string, opTimeoutMs: number): number {
  if (typeof thread === 'number') return opTimeoutMs;
  return thread.startsWith('observer:') ? OBSERVE_TIMEOUT_MS + DRAIN_MARGIN_MS : UNDO_MS + DRAIN_MARGIN_MS;
}
