/**
 * Clusters driven step by step, in both ways a test may wait: `cluster` for any program, every step a promise;
 * `clusterSync` for programs without promises, every step at once.
 */
import type { NodeId } from '../harness/contracts.ts';
import type { History } from '../harness/history/history.ts';
import type { Op } from '../harness/op.ts';
import type { Body } from '../harness/program.ts';
import type { SimProgram } from './protocol.ts';
import type { SimNote } from './run.ts';
import { inTurn, withoutPromises } from './simulate.ts';
import { type ClusterOptions, type Question, type StandingFault, SteppedCluster } from './stepped.ts';

/** What can be looked at without a step. */
interface Looks {
  readonly nodes: readonly NodeId[];
  /** Simulated time in milliseconds. */
  readonly nowMs: number;
  readonly ops: readonly Op[];
  /** What was asked and done so far, for matchers and checkers. */
  readonly history: History;
  readonly notes: readonly SimNote[];
  readonly crashes: readonly { node: NodeId; atMs: number; error: string }[];
}

/** The steps; each as `SteppedCluster` describes it. */
interface Steps {
  call(question: Question): Op;
  begin(question: Question): number;
  settle(): void;
  wait(ms: number): void;
  request(node: NodeId, body: Body, timeoutMs?: number): Body | null;
  leader(): NodeId | null;
  kill(node: NodeId): void;
  start(node: NodeId): void;
  partition(...groups: NodeId[][]): string;
  inject(fault: StandingFault): string;
  undo(fault: string): void;
  heal(): void;
}

/** A cluster whose steps are done when they return. */
export interface SyncCluster extends Looks, Steps {}

/** A cluster whose steps are promises. */
export type Cluster = Looks & {
  [step in keyof Steps]: (...args: Parameters<Steps[step]>) => Promise<ReturnType<Steps[step]>>;
};

const STEPS: readonly (keyof Steps)[] = [
  ...(['call', 'begin', 'settle', 'wait', 'request', 'leader'] as const),
  ...(['kill', 'start', 'partition', 'inject', 'undo', 'heal'] as const),
];

/** A cluster of a program, asynchronous or not. Await every step. */
export function cluster(program: SimProgram, options: ClusterOptions = {}): Cluster {
  const core = new SteppedCluster(program, options, true);
  return faceOf(core, (step) => inTurn(step)) as unknown as Cluster;
}

/** A cluster of a program without promises; a step throws `TypeError` when there are some. */
export function clusterSync(program: SimProgram, options: ClusterOptions = {}): SyncCluster {
  const core = new SteppedCluster(program, options, false);
  return faceOf(core, (step) => withoutPromises('cluster(program) and await', step)) as SyncCluster;
}

function faceOf(core: SteppedCluster, carryOut: (step: () => unknown) => unknown): object {
  const face: Record<string, unknown> = {};
  for (const name of STEPS) {
    const step = core[name].bind(core) as (...args: unknown[]) => unknown;
    face[name] = (...args: unknown[]) => carryOut(() => step(...args));
  }
  for (const name of ['nodes', 'nowMs', 'ops', 'history', 'notes', 'crashes'] as const) {
    Object.defineProperty(face, name, { get: () => core[name], enumerable: true });
  }
  return face;
}
