/**
 * Takes the processor from nodes for most of the time, by stopping and continuing their processes in turns, as a
 * neighbour who needs it all would: works everywhere, on what is already running. Without rights on control groups.
 */
import { processorMs } from '../harness/cluster/limits.ts';
import { processInfo, signal } from '../harness/cluster/proc.ts';
import type {
  Cluster,
  Evidence,
  Fault,
  FaultContext,
  NodeId,
  PlannedFault,
  UndoAction,
} from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { after, monotonicNs, type Timer } from '../harness/time.ts';
import { installed, skipped } from './evidence.ts';
import { isUp } from './nodes.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, nodesNow } from './targets.ts';

/** The turns of some nodes, until it is ended. */
class Turns {
  /** Times all processes were found stopped. */
  stops = 0;
  readonly #cluster: Cluster;
  readonly #nodes: readonly NodeId[];
  readonly #runMs: number;
  readonly #stopMs: number;
  #timer: Timer | null = null;

  constructor(cluster: Cluster, nodes: readonly NodeId[], share: number, periodMs: number) {
    this.#cluster = cluster;
    this.#nodes = nodes;
    this.#runMs = Math.max(1, periodMs * share);
    this.#stopMs = Math.max(1, periodMs - this.#runMs);
    this.#stop();
  }

  end(): void {
    this.#timer?.cancel();
    this.#each('SIGCONT');
  }

  #stop(): void {
    this.#each('SIGSTOP');
    this.#timer = after(this.#stopMs, () => this.#run());
  }

  #run(): void {
    const states = this.#pids().map((pid) => processInfo(pid)?.state);
    if (states.some((state) => state === 'T' || state === 't')) this.stops++;
    this.#each('SIGCONT');
    this.#timer = after(this.#runMs, () => this.#stop());
  }

  #each(name: 'SIGSTOP' | 'SIGCONT'): void {
    for (const pid of this.#pids()) signal(pid, name);
  }

  #pids(): number[] {
    return this.#nodes.flatMap((node) => this.#cluster.pids(node));
  }
}

interface Note {
  nodes: NodeId[];
  turns: Turns;
  sinceNs: number;
  usedMs: number;
}

const notes = new Notebook<Note>();

function usedBy(cluster: Cluster, nodes: readonly NodeId[]): number {
  return nodes.flatMap((node) => cluster.pids(node)).reduce((sum, pid) => sum + processorMs(pid), 0);
}

function undoActions(fault: PlannedFault, { cluster }: FaultContext): UndoAction[] {
  const actions = fault.nodes
    .flatMap((node) => cluster.pids(node))
    .flatMap((pid): UndoAction[] => {
      const info = processInfo(pid);
      if (info === null) return [];
      return [
        { kind: 'signal', pid, startTicks: info.startTicks, signal: 'SIGCONT', group: info.pgid === pid },
      ];
    });
  return actions.length > 0 ? actions : [{ kind: 'none', because: 'no process to starve was found' }];
}

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal: calledOff } = context;
  const wanted = await nodesNow(fault, context);
  if (wanted.length === 0) return skipped('nobody leads at this moment');
  const nodes = wanted.filter((node) => isUp(cluster, node));
  if (nodes.length === 0) return skipped(`${wanted.join(', ')} down`, { nodes: wanted });
  calledOff.throwIfAborted();
  const { share, periodMs } = fault.params as { share: number; periodMs: number };
  const usedMs = usedBy(cluster, nodes);
  const turns = new Turns(cluster, nodes, share, periodMs);
  notes.write(cluster, fault.id, { nodes, turns, sinceNs: monotonicNs(), usedMs });
  return installed(`${nodes.join(', ')} run ${Math.round(share * 100)} % of the time`, null, { nodes });
}

async function undo(fault: PlannedFault, { cluster }: FaultContext): Promise<Evidence> {
  const note = notes.read(cluster, fault.id);
  if (note === undefined) return skipped('was not installed');
  note.turns.end();
  notes.erase(cluster, fault.id);
  const elapsedMs = (monotonicNs() - note.sinceNs) / 1e6;
  const used = Math.max(0, usedBy(cluster, note.nodes) - note.usedMs) / elapsedMs;
  const { stops } = note.turns;
  const measures = { stops, processors: Number(used.toFixed(3)) };
  return installed(
    `stopped ${stops} times, used ${(used * 100).toFixed(0)} % of a processor`,
    stops > 0,
    measures,
  );
}

/** The cpu fault, one lane; who is paused stays so. */
export const cpu: Fault = {
  name: 'cpu',
  summary: 'Lets nodes have a processor for a share of the time only.',
  modes: {
    starve: {
      summary: 'the processes are stopped and continued in turns',
      params: {
        share: { summary: 'of the time they run', default: 0.1, min: 0.01, max: 0.9 },
        periodMs: { summary: 'length of one turn of both, ms', default: 100, min: 10, max: 10_000 },
      },
    },
  },
  defaultMode: 'starve',
  lane: 'cpu',
  conflicts: ['pause'],
  span: { label: 'cpu', colour: 25 },
  needs: () => ['process.pause', 'process.limits'],
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(cpu, mode, params);
    return { ...drawTarget(target, nodes, rng, ['one', 'minority', 'leader']), params: given };
  },
  undoActions,
  inject,
  undo,
};
