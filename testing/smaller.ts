/**
 * Smaller plans: everything worth trying in place of a plan that fails, in an order that gets small soon. What
 * matters least goes first: the end, faults, clients, operations, nodes; then what is left is made plainer.
 *
 * fast-check starts over whenever a candidate fails, at the place the candidate carries: nothing is tried
 * again that was tried before in the same round. Rounds go on while they help.
 */
import type { PlannedFault } from '../harness/contracts.ts';
import type { Case } from '../harness/sim/case.ts';
import { mergedClients, pinned, renumbered, withoutNode } from '../search/case-parts.ts';
import type { SimOperation, SimPlan } from './plan.ts';

/** A plan whose operations and faults are spelled out. */
export interface SpelledPlan extends SimPlan {
  nodes: readonly string[];
  operations: readonly SimOperation[];
  faults: readonly PlannedFault[];
}

/** Where to go on with a smaller plan, if it fails. */
export interface Place {
  round: number;
  stage: number;
  /** Position within the stage, by which it continues. */
  chunk: number;
  end: number;
  /** Something got smaller in this round. */
  improved: boolean;
}

/** A smaller plan and where to go on from there. */
export interface Candidate {
  plan: SpelledPlan;
  place: Place;
}

const MOST_ROUNDS = 4;
/** Other seeds for every candidate: what is left out moves what comes after it, and may hide the failure. */
const RESEEDS = [1, 2];

/** Part of a list left out: what is kept, and where to go on. */
export interface Dropped<T> {
  kept: T[];
  chunk: number;
  end: number;
}

/**
 * A list with parts left out: all, halves, quarters, down to single items, from the end. Continues at `chunk`
 * and `end`; a `chunk` of 0 begins.
 */
export function* drops<T>(items: readonly T[], chunk = 0, end = 0): Generator<Dropped<T>> {
  const n = items.length;
  let size = chunk === 0 ? n : Math.min(chunk, n);
  let at = chunk === 0 ? n : Math.min(end, n);
  while (size > 0) {
    for (; at > 0; at -= size) {
      const from = Math.max(0, at - size);
      yield { kept: [...items.slice(0, from), ...items.slice(at)], chunk: size, end: from };
    }
    if (size === 1) return;
    size = Math.ceil(size / 2);
    at = n;
  }
}

type Step = { plan: SpelledPlan; chunk: number; end: number };
type Stage = (plan: SpelledPlan, chunk: number, end: number, sizes: readonly number[]) => Iterable<Step>;

const STAGES: readonly Stage[] = [
  cutEnd,
  dropFaults,
  dropClients,
  dropOperations,
  dropNodes,
  merge,
  plainer,
  rounder,
];

/**
 * Plans to try in place of one that fails; `from` is the place it carries, `sizes` are the numbers of nodes a
 * plan may have: what a program promises to three nodes it may not promise to two.
 */
export function* smallerPlans(
  plan: SpelledPlan,
  from: Place | null,
  sizes: readonly number[],
): Generator<Candidate> {
  let place = from ?? { round: 1, stage: 0, chunk: 0, end: 0, improved: false };
  while (true) {
    for (let stage = place.stage; stage < STAGES.length; stage++) {
      const [chunk, end] = stage === place.stage ? [place.chunk, place.end] : [0, 0];
      for (const step of STAGES[stage]!(plan, chunk, end, sizes)) {
        const next: Place = { round: place.round, stage, chunk: step.chunk, end: step.end, improved: true };
        yield { plan: step.plan, place: next };
        for (const seed of RESEEDS) {
          if (seed !== plan.seed) yield { plan: { ...step.plan, seed }, place: next };
        }
      }
    }
    if (!place.improved || place.round >= MOST_ROUNDS) return;
    place = { round: place.round + 1, stage: 0, chunk: 0, end: 0, improved: false };
  }
}

/** Everything after a time; the time is halved towards the whole. */
function* cutEnd(plan: SpelledPlan, chunk: number): Generator<Step> {
  const times = [...plan.operations.map((op) => op.atMs), ...plan.faults.map((fault) => fault.atNs / 1e6)];
  const last = Math.max(0, ...times);
  for (let i = chunk; i < 4; i++) {
    const upTo = last * (1 - 0.5 ** (i + 1));
    const operations = plan.operations.filter((op) => op.atMs <= upTo);
    const faults = plan.faults.filter((fault) => fault.atNs / 1e6 <= upTo);
    yield { plan: { ...plan, operations, faults }, chunk: i, end: 0 };
  }
}

function* dropFaults(plan: SpelledPlan, chunk: number, end: number): Generator<Step> {
  for (const { kept, ...at } of drops(plan.faults, chunk, end))
    yield { plan: { ...plan, faults: kept }, ...at };
}

/** All operations of some clients. */
function* dropClients(plan: SpelledPlan, chunk: number, end: number): Generator<Step> {
  const clients = [...new Set(plan.operations.map((op) => op.client))].sort((a, b) => a - b);
  for (const { kept, ...at } of drops(clients, chunk, end)) {
    // Their nodes stay with the operations of the others.
    const operations = plan.operations.filter((op) => kept.includes(op.client));
    yield { plan: { ...plan, operations }, ...at };
  }
}

function* dropOperations(plan: SpelledPlan, chunk: number, end: number): Generator<Step> {
  for (const { kept, ...at } of drops(plan.operations, chunk, end)) {
    yield { plan: { ...plan, operations: kept }, ...at };
  }
}

/** Without some nodes. */
function* dropNodes(
  plan: SpelledPlan,
  chunk: number,
  _end: number,
  sizes: readonly number[],
): Generator<Step> {
  const { nodes } = plan;
  const smaller = sizes.filter((size) => size < nodes.length).sort((x, y) => x - y);
  const sets = smaller.flatMap((size) => subsets(nodes, nodes.length - size));
  for (let i = chunk; i < sets.length; i++) {
    yield { plan: asPlan(plan, sets[i]!.reduce(withoutNode, asCase(plan))), chunk: i, end: 0 };
  }
}

/** Up to so many subsets of `size` names, the last names first. */
const MOST_SUBSETS = 20;

function subsets(names: readonly string[], size: number): string[][] {
  if (size === 0) return [[]];
  const found: string[][] = [];
  for (let i = names.length - 1; i >= 0 && found.length < MOST_SUBSETS; i--) {
    for (const rest of subsets(names.slice(0, i), size - 1)) found.push([names[i]!, ...rest]);
  }
  return found;
}

/** Fewer clients: each joins the first, or the one before it. */
function* merge(plan: SpelledPlan, chunk: number): Generator<Step> {
  const clients = [...new Set(plan.operations.map((op) => op.client))].sort((a, b) => b - a);
  const pairs = clients.flatMap((client, i) => [
    [client, clients.at(-1)!],
    [client, clients[i + 1] ?? client],
  ]);
  for (let i = chunk; i < pairs.length; i++) {
    const [client, into] = pairs[i] as [number, number];
    if (client === into) continue;
    yield { plan: asPlan(plan, renumbered(mergedClients(asCase(plan), client, into))), chunk: i, end: 0 };
  }
}

/** Surroundings as they are by default, and each fault shorter. */
function* plainer(plan: SpelledPlan, chunk: number): Generator<Step> {
  const plain: SpelledPlan[] = [];
  for (const name of ['network', 'disk', 'opTimeoutMs'] as const) {
    const { [name]: had, ...rest } = plan;
    if (had !== undefined) plain.push(rest as SpelledPlan);
  }
  for (const [i, fault] of plan.faults.entries()) {
    for (const shorter of [100e6, 200e6, 400e6]) {
      if (fault.untilNs - fault.atNs <= shorter) continue;
      const faults = plan.faults.with(i, { ...fault, untilNs: fault.atNs + shorter });
      plain.push({ ...plan, faults });
    }
  }
  for (let i = chunk; i < plain.length; i++) yield { plan: plain[i]!, chunk: i + 1, end: 0 };
}

/** Round times. */
function* rounder(plan: SpelledPlan, chunk: number): Generator<Step> {
  for (const [i, unit] of [100, 10].entries()) {
    if (i < chunk) continue;
    const operations = plan.operations.map((op) => ({ ...op, atMs: roundTo(op.atMs, unit) }));
    const faults = plan.faults.map((fault) => {
      const atNs = roundTo(fault.atNs, unit * 1e6);
      return { ...fault, atNs, untilNs: Math.max(atNs + unit * 1e6, roundTo(fault.untilNs, unit * 1e6)) };
    });
    const rounded = { ...plan, operations, faults };
    if (JSON.stringify(rounded) !== JSON.stringify(plan)) yield { plan: rounded, chunk: i + 1, end: 0 };
  }
}

function roundTo(value: number, unit: number): number {
  return Math.round(value / unit) * unit;
}

/** What reductions of cases look at; times stay in milliseconds, which they do not look at. */
function asCase({ nodes, operations, faults }: SpelledPlan): Case {
  const ops = operations.map(({ atMs, value = null, ...op }) => ({ ...op, value, atNs: atMs }));
  const rest = { version: 1, seed: 0, workload: '', settings: {}, bugs: [] } as const;
  return pinned({ ...rest, bugs: [], nodes: [...nodes], ops, faults: [...faults] });
}

function asPlan(plan: SpelledPlan, c: Case): SpelledPlan {
  const operations = c.ops.map(({ atNs, ...op }) => ({ atMs: atNs, ...op }));
  return { ...plan, nodes: c.nodes, operations, faults: c.faults };
}
