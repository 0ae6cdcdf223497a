/**
 * One node through all its lives: start, readiness, end by itself or by us, restart by policy. Every change
 * of state happens here. The backend hears of each life through `LifeHooks` and does the talking.
 */
import type { ClusterEvent, NodeAddress, NodeId, NodeState, ProgramSpec, ReadyProbe } from '../contracts.ts';
import type { Json } from '../op.ts';
import { after, monotonicNs, type Timer } from '../time.ts';
import { ClusterError, describeExit, type Exit } from './cluster-error.ts';
import { lastWords } from './last-words.ts';
import { loopbackOnly } from './loopback-only.ts';
import type { NodeOutput } from './node-output.ts';
import type { RestartPolicy, StartedProcess } from './options.ts';
import { isLiving } from './proc.ts';
import type { ProcessHost } from './process-host.ts';
import type { RunningProcess } from './processes.ts';
import { awaitReady, describeProbe, probedPort } from './readiness.ts';
import { type AfterEnd, RestartBudget } from './restart-budget.ts';

/** What a backend and the clocks do at the turns of a node's life. */
export interface LifeHooks {
  /** The process exists; connect to it. `life` counts from 1. Synchronous. */
  spawned(node: NodeId, process: RunningProcess, life: number): void;
  /** Runs between `spawned` and readiness. */
  prepare(node: NodeId, pid: number): Promise<void>;
  /** Runs when the node is ready, before anybody is told so. It must not reject. */
  ready?(node: NodeId): Promise<void>;
  /** Sends `init` and resolves at `init_ok`; absent where nodes are not initialised. */
  init?(node: NodeId, signal: AbortSignal): Promise<void>;
  /** The process has ended, by itself or by us. Synchronous. */
  ended(node: NodeId): void;
  event(event: ClusterEvent): void;
}

/** What a supervisor needs to know of its node. */
export interface SupervisorOptions {
  node: NodeId;
  host: ProcessHost;
  runId: string;
  address: () => NodeAddress;
  program: () => ProgramSpec;
  environment: () => Record<string, string>;
  protocol: 'pipe' | 'none';
  ready: ReadyProbe;
  readyMs: number;
  restart: RestartPolicy;
  output: NodeOutput;
  ledger: (started: StartedProcess) => void;
  now: () => number;
  hooks: LifeHooks;
}

interface Life {
  process: RunningProcess;
  program: ProgramSpec;
  number: number;
  startedNs: number;
  /** Set when we end it: then its end is no crash. */
  ours: boolean;
  over: boolean;
}

/** Lines that are told of a program that ended, and how far up their cause may stand: dumps are long. */
const LAST_LINES = 10;
const DUMP_LINES = 500;
/** How long a failed start waits for the news that the process has ended. */
const END_GRACE_MS = 100;

/** Supervises the processes of one node. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #budget: RestartBudget;
  #state: NodeState = 'stopped';
  #life: Life | null = null;
  #lives = 0;
  #starting: Promise<void> | null = null;
  #abortStart: AbortController | null = null;
  #policyTimer: Timer | null = null;
  /** Until the first readiness a node that ends is an error of the setup, not a crash to recover from. */
  #launched = false;
  #closing = false;
  /** Resolves when nothing of the previous life is left. */
  #cleared: Promise<void> = Promise.resolve();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#budget = new RestartBudget(options.restart);
  }

  get state(): NodeState {
    return this.#state;
  }

  /** The leader of the current life, or null when the node is down. */
  get leader(): RunningProcess | null {
    return this.#life?.process ?? null;
  }

  /** Living processes, leader first. */
  pids(): number[] {
    return this.#life === null ? [] : this.#options.host.living(this.#life.process);
  }

  /** Adds a line to the node's captured output, for nodes whose stdout is a pipe. */
  note(line: string): void {
    this.#options.output.note(line);
  }

  /** Marks the node paused or running again; the signals are the caller's. */
  setPaused(paused: boolean): void {
    if (this.#life !== null) this.#state = paused ? 'paused' : 'running';
  }

  /**
   * Starts the node and resolves when it is ready; joins a start under way. Rejects with `ClusterError` when
   * the program cannot be started, ends before it is ready, or is not ready in time (then it keeps running).
   */
  start(): Promise<void> {
    if (this.#closing) return Promise.reject(new ClusterError(`${this.#options.node} is shutting down`));
    this.#policyTimer?.cancel();
    this.#policyTimer = null;
    this.#starting ??= this.#begin().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  /** Ends the node's processes with SIGKILL; resolves when they are gone. Returns the pids it signalled. */
  async kill(): Promise<number[]> {
    this.#markOurs('killed');
    const life = this.#life;
    if (life === null) return [];
    const pids = this.#options.host.kill(life.process);
    await this.#gone(life);
    // Those with a session of their own left the tree when their parent ended, and may still be on their way out.
    for (let round = 0; pids.some(isLiving) && round < 200; round++) await pause(5);
    return pids;
  }

  /** The stop signal (SIGTERM by default) to the tree, SIGKILL after `deadlineMs`. Returns true when the deadline was not needed. */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#markOurs('stopped');
    const life = this.#life;
    if (life === null) return true;
    const { host } = this.#options;
    host.ask(life.process, stopSignalOf(life.program));
    let late = false;
    const timer = after(deadlineMs, () => {
      late = true;
      host.kill(life.process);
    });
    await this.#gone(life);
    timer.cancel();
    return !late;
  }

  /** Ends everything for good: no restart follows, a start under way is given up. Never rejects. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.kill();
    // A start caught before its process existed ends it itself.
    await this.#starting?.catch(() => undefined);
    await this.#cleared;
    this.#options.output.close();
  }

  #markOurs(why: string): void {
    this.#policyTimer?.cancel();
    this.#policyTimer = null;
    if (this.#life !== null) this.#life.ours = true;
    this.#abortStart?.abort(new ClusterError(`${this.#options.node} was ${why} while it started`));
  }

  async #begin(): Promise<void> {
    const { node, output, now } = this.#options;
    if (this.#life !== null) throw new ClusterError(`${node} is already running`);
    this.#state = 'starting';
    const abort = new AbortController();
    this.#abortStart = abort;
    try {
      output.beginLife(`${node} life ${this.#lives + 1}, run time ${Math.round(now() / 1e6)} ms`);
      await this.#cleared;
      const life = await this.#spawn();
      if (abort.signal.aborted || this.#closing) {
        life.ours = true;
        this.#options.host.kill(life.process);
        await this.#gone(life);
        abort.signal.throwIfAborted();
        throw new ClusterError(`${node} is shutting down`);
      }
      await this.#untilReady(life, abort);
      await this.#options.hooks.ready?.(node);
      this.#launched = true;
      if (this.#state === 'starting') this.#state = 'running';
      this.#event('ready', { life: life.number, afterMs: millisSince(life.startedNs) });
    } catch (error) {
      if (this.#state === 'starting') this.#state = this.#life === null ? 'stopped' : 'running';
      throw error;
    } finally {
      this.#abortStart = null;
    }
  }

  async #spawn(): Promise<Life> {
    const { node, runId, output, protocol, hooks, host, ledger } = this.#options;
    const environment = { ...this.#options.environment(), FAULTLINE_RUN: runId, FAULTLINE_NODE: node };
    const program = this.#options.program();
    const process = await host
      .start(
        node,
        program,
        environment,
        { protocol, stdoutFd: output.stdoutFd, stderrFd: output.stderrFd },
        (pid, startTicks) => ledger({ node, pid, pgid: pid, startTicks }),
      )
      .catch((error: unknown) => {
        throw error instanceof ClusterError ? new ClusterError(`${node}: ${error.message}`, { node }) : error;
      });
    const life: Life = {
      process,
      program,
      number: ++this.#lives,
      startedNs: monotonicNs(),
      ours: false,
      over: false,
    };
    this.#life = life;
    hooks.spawned(node, process, life.number);
    // Ids differ from run to run, where runs are to be the same.
    const id = host.hold === undefined ? { pid: process.pid } : {};
    this.#event('started', { life: life.number, ...id });
    void process.exited.then((exit) => this.#onEnd(life, exit));
    return life;
  }

  /** Readiness, the end of the process and the deadline race; whichever is first decides. */
  async #untilReady(life: Life, abort: AbortController): Promise<void> {
    const { node, readyMs, output } = this.#options;
    const ready = life.program.ready ?? this.#options.ready;
    const address = this.#options.address();
    const deadline = after(readyMs, () => {
      const port = probedPort(ready, address);
      const why = port === null ? null : loopbackOnly(this.pids(), address.host, port);
      const waited = `${node} was not ready within ${readyMs} ms (waited for ${describeProbe(ready, address)})`;
      const told = why === null ? waited : `${waited}: ${why}`;
      abort.abort(new ClusterError(told, { node, output: output.tail(), log: output.folder }));
    });
    const ended = life.process.exited.then((exit) => {
      if (!life.ours) abort.abort(this.#endedEarly(exit));
    });
    const work = this.#prepareAndAsk(life, abort.signal);
    // Given up on when the race is lost; its late failure has nobody to tell.
    work.catch(() => undefined);
    try {
      await Promise.race([work, rejectionOf(abort.signal)]);
      abort.signal.throwIfAborted();
    } catch (error) {
      // What failed may have failed because the process ended: then that is the news.
      await Promise.race([ended, pause(END_GRACE_MS)]);
      abort.signal.throwIfAborted();
      throw error;
    } finally {
      deadline.cancel();
    }
  }

  async #prepareAndAsk(life: Life, signal: AbortSignal): Promise<void> {
    const { node, output, hooks, environment } = this.#options;
    const ready = life.program.ready ?? this.#options.ready;
    await hooks.prepare(node, life.process.pid);
    const init = hooks.init;
    const probing = this.#options.host.probing?.(node);
    const target = {
      address: this.#options.address(),
      output,
      env: environment(),
      ...(probing === undefined ? {} : { probing }),
      ...(init === undefined ? {} : { init: (given: AbortSignal) => init.call(hooks, node, given) }),
    };
    // A node that can be initialised is, whatever else tells that it is ready.
    if (ready.kind !== 'init') await target.init?.(signal);
    await awaitReady(ready, target, signal);
    // A process that answered and ended in the same instant has not started well.
    if (life.over) throw this.#endedEarly(await life.process.exited);
  }

  #endedEarly(exit: Exit): ClusterError {
    const { node, output } = this.#options;
    const { file, args } = this.#options.program();
    const command = [file, ...args].join(' ');
    return new ClusterError(`${node} ended with ${describeExit(exit)} before it was ready (${command})`, {
      node,
      exit,
      output: output.tail(),
      log: output.folder,
    });
  }

  #onEnd(life: Life, exit: Exit): void {
    const { hooks, host, node, output } = this.#options;
    // What the leader left behind would hold its ports and data.
    host.kill(life.process);
    life.over = true;
    if (this.#life === life) this.#life = null;
    this.#cleared = this.#gone(life);
    hooks.ended(node);
    const clean = exit.code === 0;
    this.#state = life.ours ? 'stopped' : 'crashed';
    const detail: Json = {
      life: life.number,
      code: exit.code,
      signal: exit.signal,
      ...(exit.because === undefined ? {} : { because: exit.because }),
      afterMs: millisSince(life.startedNs),
    };
    if (life.ours) {
      this.#event('exited', { ...detail, by: 'harness' });
    } else {
      // Who is killed by others says nothing of it: what it said long before is no cause.
      const said = output.tail(exit.signal === 'SIGKILL' ? LAST_LINES : DUMP_LINES);
      const words = { ...detail, by: 'itself', output: lastWords(said, LAST_LINES) };
      this.#event(clean ? 'exited' : 'crashed', words);
      if (this.#launched && !this.#closing) this.#follow(this.#budget.after(exit));
    }
  }

  #follow(next: AfterEnd): void {
    if (next.kind === 'give-up') this.#event('gave-up', { restarts: next.restarts });
    if (next.kind === 'restart') this.#policyTimer = after(next.delayMs, () => void this.#policyRestart());
  }

  async #policyRestart(): Promise<void> {
    this.#policyTimer = null;
    const attempt = this.#budget.take();
    try {
      await this.start();
      this.#event('restarted', { by: 'policy', attempt });
    } catch (error) {
      if (this.#closing) return;
      const message = error instanceof Error ? error.message : String(error);
      if (this.#life !== null) this.#event('restarted', { by: 'policy', attempt, ready: false, message });
      // An end before readiness was handled as any other end; here the program could not even be started.
      else if (this.#state === 'stopped') this.#event('gave-up', { attempt, message });
    }
  }

  /** Waits until no process of a life is left, killing what forked away meanwhile. */
  async #gone(life: Life): Promise<void> {
    await life.process.exited;
    const { host } = this.#options;
    for (let round = 0; host.kill(life.process).length > 0 && round < 200; round++) {
      await pause(5);
    }
    host.forget(life.process);
  }

  #event(kind: ClusterEvent['kind'], detail: Json): void {
    this.#options.hooks.event({ node: this.#options.node, kind, detail });
  }
}

/** Rejects with the signal's reason when it aborts. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = (): void => reject(signal.reason);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => after(ms, resolve));
}

function millisSince(ns: number): number {
  return Math.round((monotonicNs() - ns) / 1e6);
}

function stopSignalOf(program: ProgramSpec): NodeJS.Signals {
  return (program.stopSignal ?? 'SIGTERM') as NodeJS.Signals;
}
