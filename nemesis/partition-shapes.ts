/**
 * Plans partitions: for each mode, who cannot hear whom, drawn at plan time so that the plan shows it. The
 * leader's isolation is the exception: its links are known only when it fires.
 */
import type { Json, NodeId, ParameterSpec, TargetSpec } from '../harness/contracts.ts';
import { ImpossibleFault } from '../harness/faults/parameters.ts';
import type { Rng } from '../harness/random.ts';
import { UsageError } from '../harness/registry.ts';
import {
  bisect,
  bridge,
  type Cut,
  components,
  cutsOutside,
  isolate,
  majoritiesRing,
  oneWay,
} from './grudge.ts';
import { drawTarget, inOrder, majorityOf, named, sizeOf } from './targets.ts';

/** A partition as planned. `groups` are the sides, the smaller first; null where the shape has none. */
export interface Shape {
  groups: NodeId[][] | null;
  cuts: Cut[];
  /** The nodes reports show as hit. */
  nodes: NodeId[];
}

const CLIENTS: Readonly<Record<string, ParameterSpec>> = {
  clients: { summary: 'also cut the clients from one side, drawn at plan time', default: false },
  clientsFrom: { summary: 'nodes that clients cannot reach; implies `clients`', default: null, type: 'list' },
};

/** Every mode, for people and for checking parameters. */
export const PARTITION_MODES = {
  halves: { summary: 'two sides as equal as possible', params: CLIENTS },
  one: { summary: 'one node alone', params: CLIENTS },
  majority: { summary: 'the smallest majority on one side, everybody else on the other', params: CLIENTS },
  'minority-third': { summary: 'floor((n-1)/3) nodes together on one side', params: CLIENTS },
  'majorities-ring': {
    summary: 'every node hears a majority, and no two nodes the same one',
    params: CLIENTS,
  },
  any: {
    summary: 'one node, a minority third, a majority or a ring of majorities, drawn anew each time',
    params: CLIENTS,
  },
  bridge: { summary: 'two halves that hear each other only through one node', params: CLIENTS },
  'one-way': { summary: 'one side speaks and is not heard, but hears', params: CLIENTS },
  'isolate-leader': { summary: 'whoever leads when it fires is cut from everybody', params: CLIENTS },
  switch: {
    summary: 'nodes behind a switch that fails: each is cut from all others, and from the clients',
  },
  explicit: {
    summary: 'the given groups, or the given directed links',
    params: {
      groups: { summary: 'list of lists of nodes that hear each other only', default: null, type: 'list' },
      cuts: { summary: 'list of [from, to]: what from sends does not reach to', default: null, type: 'list' },
      ...CLIENTS,
    },
  },
} as const satisfies Record<string, { summary: string; params?: Readonly<Record<string, ParameterSpec>> }>;

/** A mode of the partition fault. */
export type PartitionMode = keyof typeof PARTITION_MODES;

/**
 * Draws the shape of a partition. `target` names the first side where a mode has one. Throws `UsageError`
 * for a target the mode has no use for, `ImpossibleFault` where the cluster is too small for the shape.
 */
export function drawShape(
  mode: PartitionMode,
  params: Readonly<Record<string, Json>>,
  target: TargetSpec | undefined,
  nodes: readonly NodeId[],
  rng: Rng,
): Shape {
  if (nodes.length < 2) throw new ImpossibleFault('a cluster of one node has no links to cut');
  switch (mode) {
    case 'majorities-ring':
    case 'isolate-leader':
    case 'explicit':
      if (target !== undefined && !(mode === 'isolate-leader' && target === 'leader')) {
        throw new UsageError(`partition ${mode} takes no target: it says itself who is cut`);
      }
      if (mode === 'isolate-leader') return { groups: null, cuts: [], nodes: [] };
      return mode === 'explicit' ? explicitShape(params, nodes) : ringShape(nodes, rng);
    case 'any':
      return anyShape(params, target, nodes, rng);
    case 'bridge':
      return bridgeShape(target, nodes, rng);
    case 'switch':
      return switchShape(target, nodes, rng);
    default:
      return sidesShape(mode, target, nodes, rng);
  }
}

/** A shape that this cluster has room for. */
function anyShape(
  params: Readonly<Record<string, Json>>,
  target: TargetSpec | undefined,
  nodes: readonly NodeId[],
  rng: Rng,
): Shape {
  if (target !== undefined) throw new UsageError('partition any takes no target: it draws who is cut');
  const shapes: PartitionMode[] = ['one'];
  if (nodes.length >= 3) shapes.push('majority', 'majorities-ring');
  if (nodes.length >= 4) shapes.push('minority-third');
  return drawShape(rng.pick(shapes), params, undefined, nodes, rng);
}

function sidesShape(
  mode: 'halves' | 'one' | 'majority' | 'minority-third' | 'one-way',
  target: TargetSpec | undefined,
  nodes: readonly NodeId[],
  rng: Rng,
): Shape {
  const side = target === undefined ? drawnSide(mode, nodes, rng) : targetSide(target, nodes, rng);
  const groups = isolate(side, nodes);
  if (groups[1].length === 0) {
    throw new UsageError(`partition ${mode}: a side with every node leaves nobody to cut it from`);
  }
  // Speaking into the void and being deaf are different faults: with no target, either side may be the mute one.
  const deaf = mode === 'one-way' && target === undefined && rng.chance(0.5);
  const [speakers, listeners] = deaf ? [groups[1], groups[0]] : groups;
  return {
    groups,
    cuts: mode === 'one-way' ? oneWay(speakers, listeners) : components(groups),
    nodes: groups[0],
  };
}

function drawnSide(mode: string, nodes: readonly NodeId[], rng: Rng): NodeId[] {
  const n = nodes.length;
  if (mode === 'minority-third') return drawTarget('minority-third', nodes, rng, []).nodes;
  const shuffled = rng.shuffle(nodes);
  if (mode === 'one') return shuffled.slice(0, 1);
  if (mode === 'majority') {
    if (n < 3) {
      throw new ImpossibleFault(`a cluster of ${n} has no majority that leaves anybody out`);
    }
    return shuffled.slice(0, n - majorityOf(n));
  }
  if (mode === 'one-way') return shuffled.slice(0, rng.int(1, Math.max(1, sizeOf('minority', n))));
  return bisect(shuffled)[0];
}

function targetSide(target: TargetSpec, nodes: readonly NodeId[], rng: Rng): NodeId[] {
  if (target === 'leader') {
    throw new UsageError('to cut off whoever leads, use partition isolate-leader');
  }
  return drawTarget(target, nodes, rng, []).nodes;
}

function bridgeShape(target: TargetSpec | undefined, nodes: readonly NodeId[], rng: Rng): Shape {
  if (nodes.length < 3) throw new ImpossibleFault('a bridge needs at least three nodes');
  const middle = target === undefined ? rng.shuffle(nodes).slice(0, 1) : targetSide(target, nodes, rng);
  if (middle.length !== 1) {
    throw new UsageError(`a bridge is one node, not ${middle.length}`);
  }
  const { groups } = bridge([...middle, ...rng.shuffle(nodes.filter((node) => !middle.includes(node)))]);
  const [a, b] = [inOrder(groups[0], nodes), inOrder(groups[1], nodes)];
  return { groups: [a, middle, b], cuts: components([a, b]), nodes: [...nodes] };
}

function switchShape(target: TargetSpec | undefined, nodes: readonly NodeId[], rng: Rng): Shape {
  const behind = target === undefined ? [rng.pick(nodes)] : targetSide(target, nodes, rng);
  const rest = nodes.filter((node) => !behind.includes(node));
  const groups = [...behind.map((node) => [node]), ...(rest.length === 0 ? [] : [rest])];
  return { groups, cuts: components(groups), nodes: behind };
}

function ringShape(nodes: readonly NodeId[], rng: Rng): Shape {
  if (nodes.length < 3) {
    throw new ImpossibleFault('a ring of majorities needs at least three nodes');
  }
  return { groups: null, cuts: cutsOutside(majoritiesRing(rng.shuffle(nodes))), nodes: [...nodes] };
}

function explicitShape(params: Readonly<Record<string, Json>>, nodes: readonly NodeId[]): Shape {
  const { groups, cuts } = params;
  if ((groups === null) === (cuts === null)) {
    throw new UsageError('partition explicit needs either `groups` or `cuts`');
  }
  if (Array.isArray(groups)) {
    const sides = groups.map((group) => named(listOf(group, 'groups'), nodes));
    const all = sides.flat();
    if (new Set(all).size !== all.length || sides.length < 2) {
      throw new UsageError('partition explicit: `groups` must be two or more, none sharing a node');
    }
    return { groups: sides, cuts: components(sides), nodes: sides[0]! };
  }
  const pairs = (cuts as Json[]).map((cut): Cut => {
    const [from, to, ...more] = listOf(cut, 'cuts');
    if (from === undefined || to === undefined || more.length > 0 || from === to) {
      throw new UsageError('partition explicit: each of `cuts` must be [from, to], two nodes');
    }
    named([from, to], nodes);
    return [from, to];
  });
  if (pairs.length === 0) throw new UsageError('partition explicit: `cuts` is empty');
  return { groups: null, cuts: pairs, nodes: inOrder(pairs.flat(), nodes) };
}

function listOf(value: Json, what: string): string[] {
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw new UsageError(`partition explicit: each of \`${what}\` must be a list of node names`);
  }
  return value as string[];
}
