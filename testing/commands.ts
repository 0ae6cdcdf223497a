/**
 * Commands for fast-check's model-based runs: what can be done to a simulated cluster, to be mixed with a test's
 * own commands that ask it something and compare with a model.
 *
 *     fc.commands([fc.constant(new Read()), ...faultCommands<Model>({ nodes: 3 })])
 */
import fc from 'fast-check';
import type { NodeId } from '../harness/contracts.ts';
import type { FaultName } from '../nemesis/index.ts';
import type { Cluster, SyncCluster } from './cluster.ts';

/** What may be done. */
export interface CommandShape {
  /** Nodes of the cluster, as it was opened. Default 3. */
  nodes?: number | readonly NodeId[];
  /** Kinds of faults. Default: partition, kill, pause, clock, latency, loss. */
  faults?: readonly FaultName[];
  /** Longest wait between two commands, in milliseconds. Default 1000. */
  waitMs?: number;
}

const KINDS: readonly FaultName[] = ['partition', 'kill', 'pause', 'clock', 'latency', 'loss'];

/** One thing done to the cluster; needs nothing of the model. */
class Deed {
  readonly #text: string;
  readonly #act: (cluster: Cluster | SyncCluster) => unknown;

  constructor(text: string, act: (cluster: Cluster | SyncCluster) => unknown) {
    this.#text = text;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  run(_model: unknown, cluster: Cluster | SyncCluster): unknown {
    return this.#act(cluster);
  }

  toString(): string {
    return this.#text;
  }
}

/** Commands for `fc.asyncModelRun` over a cluster of `cluster(program)`. Spread them into `fc.commands`. */
export function faultCommands<Model extends object = object>(
  shape: CommandShape = {},
): fc.Arbitrary<fc.AsyncCommand<Model, Cluster>>[] {
  const later = deeds(shape).map((arbitrary) =>
    arbitrary.map((deed) => ({
      check: () => true,
      run: async (model: Model, cluster: Cluster) => void (await deed.run(model, cluster)),
      toString: () => deed.toString(),
    })),
  );
  return later;
}

/** Commands for `fc.modelRun` over a cluster of `clusterSync(program)`. */
export function faultCommandsSync<Model extends object = object>(
  shape: CommandShape = {},
): fc.Arbitrary<fc.Command<Model, SyncCluster>>[] {
  return deeds(shape).map((arbitrary) =>
    arbitrary.map((deed) => ({
      check: () => true,
      run: (model: Model, cluster: SyncCluster) => void deed.run(model, cluster),
      toString: () => deed.toString(),
    })),
  );
}

function deeds(shape: CommandShape): fc.Arbitrary<Deed>[] {
  const { nodes = 3, faults = KINDS, waitMs = 1_000 } = shape;
  const names = typeof nodes === 'number' ? Array.from({ length: nodes }, (_, i) => `n${i + 1}`) : nodes;
  const node = fc.constantFrom(...names);
  const wait = fc
    .integer({ min: 1, max: waitMs })
    .map((ms) => new Deed(`wait(${ms})`, (cluster) => cluster.wait(ms)));
  const heal = fc.constant(new Deed('heal()', (cluster) => cluster.heal()));
  return [wait, heal, ...faults.flatMap((fault) => deedsOf(fault, names, node))];
}

function deedsOf(
  fault: FaultName,
  names: readonly NodeId[],
  node: fc.Arbitrary<NodeId>,
): fc.Arbitrary<Deed>[] {
  if (fault === 'kill') {
    return [
      node.map((one) => new Deed(`kill(${one})`, (cluster) => cluster.kill(one))),
      node.map((one) => new Deed(`start(${one})`, (cluster) => cluster.start(one))),
    ];
  }
  if (fault === 'partition') {
    if (names.length < 2) return [];
    const side = fc.subarray([...names], { minLength: 1, maxLength: names.length - 1 });
    return [
      side.map((group) => {
        const rest = names.filter((one) => !group.includes(one));
        const text = `partition(${group.join(' ')} | ${rest.join(' ')})`;
        return new Deed(text, (cluster) => cluster.partition(group, [...rest]));
      }),
    ];
  }
  return [
    node.map(
      (one) => new Deed(`inject(${fault} ${one})`, (cluster) => cluster.inject({ fault, target: [one] })),
    ),
  ];
}
