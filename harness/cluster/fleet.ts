/**
 * All nodes of a cluster as processes: starting them together, hurting them one by one with evidence from
 * the process table, and ending them so that nothing is left. Knows no network; backends add that.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterEvent, Evidence, NodeAddress, NodeId } from '../contracts.ts';
import type { Json } from '../op.ts';
import { monotonicNs, sleep } from '../time.ts';
import { NodeOutput } from './node-output.ts';
import {
  type ClockHost,
  type ClusterOptions,
  DEFAULT_RESTART,
  DEFAULT_TIMEOUTS,
  type OwnedClocks,
} from './options.ts';
import { hasProc, isLiving, processesWith, processInfo, signal } from './proc.ts';
import { type Freezing, MACHINE, type ProcessHost } from './process-host.ts';
import type { RunningProcess } from './processes.ts';
import { Supervisor } from './supervisor.ts';
import { unavailableClocks } from './unavailable-clocks.ts';

/** What a backend adds to the nodes. */
export interface FleetBackend {
  protocol: 'pipe' | 'none';
  /** Who runs the processes; default the machine. */
  host?: ProcessHost;
  address(node: NodeId): NodeAddress;
  spawned(node: NodeId, process: RunningProcess, life: number): void;
  init?(node: NodeId, signal: AbortSignal): Promise<void>;
  ended(node: NodeId): void;
}

const STOP_CHECK_MS = 1_000;

/** The nodes of one cluster. */
export class Fleet {
  readonly clocks: OwnedClocks;
  readonly #options: ClusterOptions;
  readonly #host: ProcessHost;
  readonly #supervisors = new Map<NodeId, Supervisor>();
  readonly #listeners: ((event: ClusterEvent) => void)[] = [];
  readonly #startListeners: ((node: NodeId, pid: number) => void | Promise<void>)[] = [];
  readonly #readyListeners: ((node: NodeId) => void | Promise<void>)[] = [];

  constructor(options: ClusterOptions, backend: FleetBackend) {
    this.#options = options;
    this.#host = backend.host ?? MACHINE;
    const clockHost: ClockHost = {
      nodes: options.nodes,
      pids: (node) => this.pids(node),
      onStart: (listener) => void this.#startListeners.push(listener),
      onReady: (listener) => void this.#readyListeners.push(listener),
      isPaused: (node) => this.node(node).state === 'paused',
    };
    this.clocks = (options.clocks ?? unavailableClocks('this run has no clock mechanism'))(clockHost);
    const created = monotonicNs();
    for (const node of options.nodes) {
      mkdirSync(join(options.dataDir, node), { recursive: true });
      const supervisor = new Supervisor({
        node,
        host: this.#host,
        runId: options.runId,
        address: () => backend.address(node),
        program: () => options.program(backend.address(node)),
        environment: () => this.clocks.environment?.(node) ?? {},
        protocol: backend.protocol,
        ready: options.ready,
        readyMs: options.timeouts?.readyMs ?? DEFAULT_TIMEOUTS.readyMs,
        restart: options.restart ?? DEFAULT_RESTART,
        output: new NodeOutput(join(options.logsDir, node)),
        ledger: options.ledger ?? (() => undefined),
        now: options.now ?? (() => monotonicNs() - created),
        hooks: {
          spawned: (...life) => backend.spawned(...life),
          prepare: async (name, pid) => {
            for (const listener of this.#startListeners) await listener(name, pid);
          },
          ready: async (name) => {
            for (const listener of this.#readyListeners) await listener(name);
          },
          ...(backend.init === undefined ? {} : { init: (name, abort) => backend.init!(name, abort) }),
          ended: (name) => backend.ended(name),
          event: (event) => this.emit(event),
        },
      });
      this.#supervisors.set(node, supervisor);
    }
  }

  /** The supervisor of a node; throws RangeError naming the known nodes. */
  node(node: NodeId): Supervisor {
    const found = this.#supervisors.get(node);
    if (found === undefined) {
      throw new RangeError(`no node "${node}"; nodes are ${[...this.#supervisors.keys()].join(', ')}`);
    }
    return found;
  }

  /** Living processes of a node, leader first. */
  pids(node: NodeId): number[] {
    return this.node(node).pids();
  }

  /** Folder of a node's captured output. */
  log(node: NodeId): string {
    return join(this.#options.logsDir, node);
  }

  onEvent(listener: (event: ClusterEvent) => void): void {
    this.#listeners.push(listener);
  }

  emit(event: ClusterEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Starts all nodes at once; on the first failure or abort ends them all and throws. */
  async up(signalled: AbortSignal): Promise<void> {
    const aborted = new Promise<never>((_, reject) => {
      const give = (): void => reject(signalled.reason);
      if (signalled.aborted) give();
      else signalled.addEventListener('abort', give, { once: true });
    });
    const starts = Promise.all([...this.#supervisors.values()].map((s) => s.start()));
    starts.catch(() => undefined);
    try {
      await Promise.race([starts, aborted]);
    } catch (error) {
      await this.down();
      throw error;
    }
  }

  /** Ends every process of this run, strays included. Never throws; idempotent. */
  async down(): Promise<string[]> {
    const problems: string[] = [];
    const attempt = async (what: string, work: () => Promise<void> | void): Promise<void> => {
      try {
        await work();
      } catch (error) {
        problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    };
    await Promise.all([...this.#supervisors].map(([node, s]) => attempt(`ending ${node}`, () => s.close())));
    await attempt('closing the clocks', () => this.clocks.close?.());
    await attempt('ending stray processes', () => this.#endStrays(problems));
    return problems;
  }

  /** kill -9 of the process tree. */
  async kill(node: NodeId): Promise<Evidence> {
    const supervisor = this.node(node);
    if (supervisor.leader === null) {
      await supervisor.kill();
      return evidence('skipped', null, `${node} was not running`);
    }
    const began = monotonicNs();
    const pids = await supervisor.kill();
    if (this.#host.hold !== undefined) return evidence('installed', true, `killed ${node}`);
    const gone = pids.every((pid) => !isLiving(pid));
    const measures = { pids, gone, tookMs: millisSince(began) };
    // Where its processes are not in our table, its end was told by who runs them.
    const what = pids.length === 0 ? node : `${count(pids, 'process')} of ${node}`;
    return evidence(gone ? 'installed' : 'failed', gone, `killed ${what}`, measures);
  }

  /** The stop signal, then SIGKILL after the deadline. */
  async stop(node: NodeId): Promise<Evidence> {
    const supervisor = this.node(node);
    if (supervisor.leader === null) {
      await supervisor.kill();
      return evidence('skipped', null, `${node} was not running`);
    }
    const began = monotonicNs();
    const deadline = this.#options.timeouts?.stopMs ?? DEFAULT_TIMEOUTS.stopMs;
    const graceful = await supervisor.stop(deadline);
    const how = graceful
      ? 'ended when asked to'
      : `did not end when asked to within ${deadline} ms and was killed`;
    return evidence('installed', true, `${node} ${how}`, { graceful, tookMs: millisSince(began) });
  }

  /** Starts a node that is down, on its old data, and waits for its readiness. */
  async restart(node: NodeId): Promise<Evidence> {
    const supervisor = this.node(node);
    if (supervisor.leader !== null && supervisor.state !== 'starting') {
      return evidence('skipped', null, `${node} was already running`);
    }
    const began = monotonicNs();
    try {
      await supervisor.start();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return evidence('failed', false, message.split('\n')[0]!, { error: message });
    }
    const tookMs = millisSince(began);
    this.emit({ node, kind: 'restarted', detail: { by: 'harness', tookMs } });
    const summary = `${node} was ready again after ${tookMs} ms`;
    const pids = this.pids(node);
    return evidence('installed', true, summary, pids.length === 0 ? { tookMs } : { tookMs, pids });
  }

  /** SIGSTOP to the whole tree, read back from the process table. */
  async pause(node: NodeId): Promise<Evidence> {
    const supervisor = this.node(node);
    if (supervisor.leader === null) return evidence('skipped', null, `${node} was not running`);
    if (this.#host.hold !== undefined) {
      this.#host.hold(supervisor.leader, true);
      supervisor.setPaused(true);
      return evidence('installed', true, `${node} is held`);
    }
    const began = monotonicNs();
    const freezing = this.#host.freezing?.(supervisor.leader) ?? null;
    if (freezing !== null) return this.#frozen(supervisor, freezing, true);
    const result = await signalUntil(
      () => supervisor.pids(),
      'SIGSTOP',
      (state) => state === 'T' || state === 't',
    );
    if (result.pids.length > 0) supervisor.setPaused(true);
    const measures = { ...result, tookMs: millisSince(began) };
    const summary = `${count(result.pids, 'process')} of ${node} in state T`;
    if (result.reached === null)
      return evidence('installed', null, `stopped ${node}, not read back`, measures);
    if (result.reached && result.pids.length > 0) return evidence('installed', true, summary, measures);
    return evidence('failed', false, `not all processes of ${node} stopped`, measures);
  }

  /** SIGCONT to the whole tree; a node that is not stopped stays as it is. */
  async resume(node: NodeId): Promise<Evidence> {
    const supervisor = this.node(node);
    if (supervisor.leader === null) return evidence('skipped', null, `${node} was not running`);
    if (this.#host.hold !== undefined) {
      this.#host.hold(supervisor.leader, false);
      if (supervisor.state === 'paused') supervisor.setPaused(false);
      return evidence('installed', true, `${node} goes on`);
    }
    const freezing = this.#host.freezing?.(supervisor.leader) ?? null;
    if (freezing !== null) return this.#frozen(supervisor, freezing, false);
    const result = await signalUntil(
      () => supervisor.pids(),
      'SIGCONT',
      (state) => state !== 'T',
    );
    if (supervisor.state === 'paused') supervisor.setPaused(false);
    const ok = result.reached !== false;
    const summary = `${count(result.pids, 'process')} of ${node} ${ok ? 'running' : 'still stopped'}`;
    return evidence(ok ? 'installed' : 'failed', result.reached, summary, { ...result });
  }

  /** Pause and resume by who runs the processes. */
  async #frozen(supervisor: Supervisor, freezing: Freezing, frozen: boolean): Promise<Evidence> {
    const began = monotonicNs();
    try {
      const { pids, reached } = await freezing(frozen);
      if (reached && (frozen || supervisor.state === 'paused')) supervisor.setPaused(frozen);
      const summary = `${count(pids, 'process')} ${frozen ? 'frozen' : 'running'}`;
      const measures = { pids, tookMs: millisSince(began) };
      return evidence(reached ? 'installed' : 'failed', reached, summary, measures);
    } catch (error) {
      return evidence('failed', false, (error as Error).message);
    }
  }

  async #endStrays(problems: string[]): Promise<void> {
    for (let round = 0; round < 100; round++) {
      const strays = processesWith('FAULTLINE_RUN', this.#options.runId);
      if (strays.length === 0) return;
      for (const { pid } of strays) {
        signal(pid, 'SIGKILL');
        signal(pid, 'SIGCONT');
      }
      await sleep(10);
    }
    const left = processesWith('FAULTLINE_RUN', this.#options.runId).map((p) => p.pid);
    if (left.length > 0) problems.push(`processes that survived SIGKILL: ${left.join(', ')}`);
  }
}

/**
 * Signals a tree until each of its processes is in the wanted state; processes forked meanwhile are caught by
 * the next round. `reached` is null where states cannot be read.
 */
async function signalUntil(
  pids: () => number[],
  name: NodeJS.Signals,
  wanted: (state: string) => boolean,
): Promise<{ pids: number[]; states: Record<string, string>; reached: boolean | null }> {
  const end = monotonicNs() + STOP_CHECK_MS * 1e6;
  for (;;) {
    const now = pids();
    for (const pid of now) signal(pid, name);
    if (!hasProc) return { pids: now, states: {}, reached: null };
    await sleep(1);
    const after = pids();
    const states = Object.fromEntries(after.map((pid) => [String(pid), processInfo(pid)?.state ?? 'gone']));
    const reached = Object.values(states).every(wanted);
    if (reached || monotonicNs() > end) return { pids: after, states, reached };
    await sleep(2);
  }
}

function evidence(
  state: Evidence['state'],
  bit: boolean | null,
  summary: string,
  measures: Record<string, Json> = {},
): Evidence {
  return { state, bit, summary, measures };
}

function count(pids: readonly number[], what: string): string {
  return `${pids.length} ${what}${pids.length === 1 ? '' : 'es'}`;
}

function millisSince(ns: number): number {
  return Math.round((monotonicNs() - ns) / 1e6);
}
