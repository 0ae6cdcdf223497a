/**
 * A whole run in virtual time: the real workload drives a virtual cluster through the real requests of the
 * system, weather strikes, calm returns, final reads, and the real checkers judge. What `faultline run` does with
 * processes, done a few hundred times a minute.
 */

import { UNLIMITED } from '../../../checkers/contract.ts';
import { CHECKERS, type CheckerName } from '../../../checkers/registry.ts';
import { failureOf } from '../../../harness/cluster/error-codes.ts';
import { OpFailure, type System } from '../../../harness/contracts.ts';
import type { Generator, OpDraft } from '../../../harness/generator/generator.ts';
import { clients, Roster, stagger, ThreadTable, timeLimit } from '../../../harness/generator/index.ts';
import { HistoryBuilder } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import { type Ending, InterpreterCore } from '../../../harness/interpreter/core.ts';
import type { Json, OpError, Phase, Process } from '../../../harness/op.ts';
import { workloadOptions } from '../../../harness/plan/workload-options.ts';
import { Seed } from '../../../harness/random.ts';
import type { CheckerResult, Verdict } from '../../../harness/verdict.ts';
import type { Body, Program, ProgramKind, Settings } from '../../../systems/reference/api.ts';
import { observationOf } from '../../../systems/reference-system.ts';
import { type RpcTable, rpcOf } from '../../../systems/rpc.ts';
import { rpcsFor } from '../../../systems/rpc-tables.ts';
import { WORKLOADS } from '../../../workloads/index.ts';
import { type NetworkOptions, VirtualCluster } from './virtual-cluster.ts';
import { strike, type Weather } from './weather.ts';

/** One trial. Times in virtual milliseconds. */
export interface TrialOptions {
  system: System;
  kind: ProgramKind;
  workload: string;
  /** Options of the workload. */
  given?: Record<string, Json>;
  seed: number;
  nodes?: number;
  bugs?: string[];
  set?: Settings;
  weather?: Weather;
  network?: Partial<NetworkOptions>;
  /** Length of the load. */
  ms?: number;
  /** Between the end of the load and the final reads. */
  settleMs?: number;
  /** Operations per second. */
  rate?: number;
  concurrency?: number;
  opTimeoutMs?: number;
}

/** What came of it. */
export interface Trial {
  history: History;
  results: Record<string, CheckerResult>;
  verdict(checker: string): Verdict;
}

/** Runs one. */
export function trial(options: TrialOptions): Trial {
  return new TrialRun(options).run();
}

const CALM: NetworkOptions = { delayMs: 1, loss: 0, duplicate: 0 };

class TrialRun {
  readonly #o: TrialOptions;
  readonly #cluster: VirtualCluster<Program>;
  readonly #table: ThreadTable;
  readonly #history = new HistoryBuilder();
  /** Client state of one process: its requests, and how many it made. */
  readonly #sessions = new Map<Process, { rpcs: RpcTable; count: number }>();
  #phase: Phase = 'load';

  constructor(options: TrialOptions) {
    this.#o = options;
    const network = { ...CALM, ...options.network };
    const { kind, nodes = 5, seed, bugs = [], set = {} } = options;
    this.#cluster = new VirtualCluster(kind, nodes, seed, network, bugs, set);
    this.#table = new ThreadTable(new Roster(options.concurrency ?? 2 * nodes));
  }

  run(): Trial {
    const { system, workload, given = {}, seed, weather, ms = 5000, settleMs = 3000, rate = 200 } = this.#o;
    const built = WORKLOADS[workload]!.build(workloadOptions(WORKLOADS[workload]!, given), {
      seed: Seed.of(seed),
      nodes: this.#cluster.ids,
      concurrency: this.#table.roster.clients,
      operations: system.workloads[workload]!,
      ...(system.leadership === undefined ? {} : { leadership: system.leadership }),
      ...(system.consensus === undefined
        ? {}
        : { consensus: system.consensus(this.#cluster.ids, this.#o.set ?? {}) }),
    });
    if (system.observe !== undefined) for (const id of this.#cluster.ids) this.#observe(id);
    this.#cluster.run(1000);
    this.#nemesis('inject-weather');
    if (weather !== undefined) strike(this.#cluster, weather, 1000 + ms);
    const paced = stagger(Seed.of(seed).fork('rate'), 1e9 / rate, built.generator);
    this.#perform(timeLimit(ms * 1e6, paced), ms);
    this.#cluster.run(1000 + ms);
    this.#calm();
    this.#nemesis('undo-weather');
    this.#phase = 'settle';
    this.#cluster.run(this.#cluster.nowMs + settleMs);
    this.#phase = 'final';
    if (built.final !== undefined) this.#perform(built.final, 60_000);
    const history = this.#history.build();
    const results: Record<string, CheckerResult> = {};
    for (const { name, options } of built.checkers) {
      results[name] = CHECKERS[name as CheckerName].check(history, options, UNLIMITED);
    }
    return { history, results, verdict: (checker) => results[checker]!.verdict };
  }

  #calm(): void {
    const cluster = this.#cluster;
    cluster.heal();
    cluster.network = CALM;
    for (const node of cluster.nodes.values()) {
      node.clockOffsetMs = 0;
      cluster.resume(node.id);
      cluster.start(node.id);
    }
  }

  #add(
    type: 'invoke' | Ending['type'],
    process: Process,
    op: Partial<OpDraft>,
    value: Json,
    more = {},
  ): void {
    const { f = '', key } = op;
    const time = Math.round(this.#cluster.nowMs * 1e6);
    const phase = this.#phase;
    this.#history.add({
      index: 0,
      time,
      process,
      type,
      f,
      value,
      phase,
      ...(key === undefined ? {} : { key }),
      ...more,
    });
  }

  #nemesis(f: string): void {
    const value = { id: 'weather-1', fault: 'weather', mode: 'weather', nodes: [], target: [], params: {} };
    for (const type of ['invoke', 'ok'] as const) this.#add(type, 'nemesis:weather', { f }, value);
  }

  /** Asks a node who leads, every 100 ms, until the end. */
  #observe(node: string): void {
    const process = `observer:${node}`;
    const ask = (): void => {
      this.#add('invoke', process, { f: 'leader' }, null, { node });
      let open = true;
      const end = (type: 'ok' | 'fail', value: Json): void => {
        if (!open) return;
        open = false;
        this.#add(type, process, { f: 'leader' }, value, { node });
        this.#cluster.at(this.#cluster.nowMs + 100, ask);
      };
      const heard = (reply: Body): void => end('ok', observationOf(reply) as unknown as Json);
      this.#cluster.request(node, { type: 'leader' }, heard, process);
      this.#cluster.at(this.#cluster.nowMs + 1000, () => end('fail', null));
    };
    ask();
  }

  /** Performs a generator to its end; throws when that takes more than `limitMs` and all timeouts. */
  #perform(generator: Generator, limitMs: number): void {
    const startMs = this.#cluster.nowMs;
    const core = new InterpreterCore(this.#table, clients(generator));
    const now = (): number => Math.round((this.#cluster.nowMs - startMs) * 1e6);
    let over = false;
    /** When the generator is asked again; earlier plans are void. */
    let wakeMs = Number.POSITIVE_INFINITY;
    const step = (): void => {
      while (!over) {
        const action = core.next(now());
        if (action.kind === 'done') over = true;
        else if (action.kind === 'dispatch') {
          this.#dispatch(action.op, action.process, (ending) => {
            core.complete(action.op.thread, ending, now());
            step();
          });
        } else if (action.kind !== 'log') {
          if (action.kind === 'wait' && action.untilNs < 1e18) {
            const atMs = Math.max(startMs + action.untilNs / 1e6, this.#cluster.nowMs) + 1e-3;
            if (wakeMs <= atMs && wakeMs > this.#cluster.nowMs) return;
            wakeMs = atMs;
            this.#cluster.at(atMs, () => {
              if (wakeMs !== atMs) return;
              wakeMs = Number.POSITIVE_INFINITY;
              step();
            });
          }
          return;
        }
      }
    };
    step();
    const bound = startMs + limitMs + 20_000;
    while (!over && this.#cluster.nowMs < bound) this.#cluster.run(this.#cluster.nowMs + 50);
    if (!over) throw new Error(`the ${this.#phase} phase did not end`);
  }

  #dispatch(op: OpDraft, process: Process, done: (ending: Ending) => void): void {
    const node = this.#cluster.ids[op.thread % this.#cluster.ids.length]!;
    this.#add('invoke', process, op, op.value, { node });
    let open = true;
    const end = (type: Ending['type'], value: Json, error?: OpError): void => {
      if (!open) return;
      open = false;
      this.#add(type, process, op, value, { node, ...(error === undefined ? {} : { error }) });
      done({ type, value, error, restNs: 0 });
    };
    const failed = (error: unknown): void => {
      if (!(error instanceof OpFailure)) throw error;
      end(error.error.definite ? 'fail' : 'info', op.value, error.error);
    };
    const call =
      op.key === undefined ? { f: op.f, value: op.value } : { f: op.f, key: op.key, value: op.value };
    const session = this.#session(process);
    const rpc = rpcOf(session.rpcs, call);
    const request = `c${process}/${session.count++}`;
    const heard = (reply: Body): void => {
      if (!open) return;
      try {
        if (reply.type !== 'error') end('ok', rpc.value(reply, call));
        else if (rpc.failed === undefined) failed(failureOf(reply));
        else end('ok', rpc.failed(failureOf(reply)));
      } catch (error) {
        failed(error);
      }
    };
    const body = { ...rpc.request(call), request } as unknown as Body;
    this.#cluster.request(node, body, heard, `c${process}`);
    const timeoutMs = this.#o.opTimeoutMs ?? 1000;
    const timeout = { definite: false, kind: 'timeout' };
    this.#cluster.at(this.#cluster.nowMs + timeoutMs, () => end('info', op.value, timeout));
  }

  #session(process: Process): { rpcs: RpcTable; count: number } {
    let session = this.#sessions.get(process);
    if (session === undefined) {
      session = { rpcs: rpcsFor(this.#o.workload), count: 0 };
      this.#sessions.set(process, session);
    }
    return session;
  }
}
