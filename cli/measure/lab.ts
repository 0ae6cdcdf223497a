/**
 * A cluster to measure: started in a folder that vanishes, asked all the time who leads, ended whatever happens.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStdioCluster } from '../../harness/cluster/stdio/stdio-cluster.ts';
import type { Cluster, LeaderObservation, NodeId, System, SystemContext } from '../../harness/contracts.ts';
import { resolveParams } from '../../harness/faults/parameters.ts';
import type { Json } from '../../harness/op.ts';
import { Seed } from '../../harness/random.ts';
import { UsageError } from '../../harness/registry.ts';
import { monotonicNs, signalAfter, sleep } from '../../harness/time.ts';
import type { Io } from '../io.ts';
import { listen } from '../signals.ts';

/** A node that says nothing for this long has not answered. */
const ANSWER_MS = 1_000;
/** How long a cluster may take to start and to agree on a leader. */
const AGREE_MS = 60_000;

/** What one node answered, and between which times; null: nothing. */
export interface Answer {
  node: NodeId;
  askedNs: number;
  answeredNs: number;
  said: LeaderObservation | null;
}

/** A running cluster under measurement. Times count from its creation. */
export interface Lab {
  cluster: Cluster;
  signal: AbortSignal;
  /** Where the messages are once the cluster was ended. */
  messages: string;
  now(): number;
  /** Asks every running node once. */
  ask(): Promise<Answer[]>;
  /**
   * Asks until all running nodes name one leader other than `not` for `calmMs`; returns it. Throws when they do not
   * within a minute. Every round of answers goes to `hear`.
   */
  agree(calmMs: number, not?: NodeId | null, hear?: (answers: Answer[]) => void): Promise<NodeId>;
}

/** Runs `work` on a cluster of `n` nodes, then `read` once it has ended and its messages are on disk. */
export async function inLab<T>(
  io: Io,
  { system, n, set, seed }: { system: System; n: number; set: Record<string, Json>; seed: number },
  work: (lab: Lab) => Promise<T>,
): Promise<{ result: T; messages: string; done: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-measure-'));
  const done = (): void => rmSync(folder, { recursive: true, force: true });
  const nodes = Array.from({ length: n }, (_, i) => `n${i + 1}`);
  const rest = { nodes, workload: 'leader', options: set, bugs: [] };
  const began = monotonicNs();
  const now = (): number => monotonicNs() - began;
  const messages = join(folder, 'messages.jsonl');
  const cluster = createStdioCluster({
    runId: folder,
    nodes,
    seed: Seed.of(seed),
    program: (address) => system.program(address, rest, 'stdio'),
    ready: system.ready,
    logsDir: join(folder, 'logs'),
    dataDir: join(folder, 'data'),
    messages: { path: messages },
    timeouts: { readyMs: AGREE_MS },
    now,
  });
  const interrupts = listen(io);
  try {
    await cluster.up(interrupts.stop);
    const context: SystemContext = { cluster, ...rest };
    const result = await work(new RunningLab(cluster, system, context, interrupts.stop, messages, now));
    await cluster.down();
    return { result, messages, done };
  } catch (error) {
    await cluster.down();
    done();
    throw interrupts.stop.aborted ? new UsageError('the measurement was interrupted') : error;
  } finally {
    interrupts.release();
  }
}

class RunningLab implements Lab {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  readonly messages: string;
  readonly now: () => number;
  readonly #system: System;
  readonly #context: SystemContext;

  constructor(
    cluster: Cluster,
    system: System,
    context: SystemContext,
    signal: AbortSignal,
    messages: string,
    now: () => number,
  ) {
    this.cluster = cluster;
    this.#system = system;
    this.#context = context;
    this.signal = signal;
    this.messages = messages;
    this.now = now;
  }

  ask(): Promise<Answer[]> {
    const running = this.cluster.nodes.filter((node) => this.cluster.state(node) === 'running');
    return Promise.all(running.map((node) => this.#ask(node)));
  }

  async #ask(node: NodeId): Promise<Answer> {
    const askedNs = this.now();
    const signal = signalAfter(ANSWER_MS, this.signal);
    const said = await this.#system.observe!(node, this.#context, signal).catch(() => null);
    return { node, askedNs, answeredNs: this.now(), said };
  }

  async agree(
    calmMs: number,
    not: NodeId | null = null,
    hear?: (answers: Answer[]) => void,
  ): Promise<NodeId> {
    const untilNs = this.now() + AGREE_MS * 1e6;
    let agreed = null as { leader: NodeId; sinceNs: number } | null;
    while (this.now() < untilNs) {
      const answers = await this.ask();
      hear?.(answers);
      const leader = namedByAll(answers);
      if (leader === null || leader === not) agreed = null;
      else if (agreed?.leader !== leader) agreed = { leader, sinceNs: this.now() };
      else if (this.now() - agreed.sinceNs >= calmMs * 1e6) return leader;
      await sleep(POLL_MS, this.signal);
    }
    throw new UsageError(
      `${this.cluster.nodes.length} nodes of ${this.#system.name} did not agree on a leader within ${AGREE_MS / 1e3} s`,
    );
  }
}

/** Pause between two rounds of questions. */
export const POLL_MS = 20;

/** The node that all who answered follow, and that says itself that it leads. */
export function namedByAll(answers: readonly Answer[]): NodeId | null {
  const leading = answers.filter(({ said }) => said?.leading === true);
  if (leading.length !== 1 || answers.some(({ said }) => said === null)) return null;
  const leader = leading[0]!.node;
  return answers.every(({ node, said }) => node === leader || said!.leader === leader) ? leader : null;
}

/** A system that can be asked who leads, with its calm options under what the user set. */
export function measurable(system: System, given: Readonly<Record<string, Json>>): Record<string, Json> {
  if (system.observe === undefined || !system.backends.includes('stdio')) {
    throw new UsageError(`${system.name} cannot be asked who leads over stdio`, {
      hint: '--system bully',
    });
  }
  const modes = { 'option (--set)': { summary: '', params: system.options ?? {} } };
  resolveParams({ name: system.name, modes }, 'option (--set)', given);
  return { ...system.election?.calm, ...given };
}
