/**
 * A short run: one case carried out in memory, from the first event to the last, as fast as the machine goes.
 * No files, no promises, no timers of the machine: the call returns when the run is over.
 */
import { createHash } from 'node:crypto';
import type { Fault, NodeId } from '../contracts.ts';
import { historyOf } from '../history/builder.ts';
import type { History } from '../history/history.ts';
import type { Json, Op } from '../op.ts';
import { Seed } from '../random.ts';
import { type Case, type CaseOp, lastTimeNs } from './case.ts';
import { operation, SimClient } from './clients.ts';
import type { Flight } from './flight.ts';
import { type Harm, harmOf } from './harm.ts';
import type { Link, SimFate } from './network.ts';
import type { Subject } from './subject.ts';
import { describeEvent, Trace } from './trace.ts';
import { observe, Trouble } from './troubles.ts';
import { World } from './world.ts';
import { asWritten } from './written-positions.ts';

/** How to simulate beyond what the case says. */
export interface SimulateOptions {
  /** Faults by name, such as the registry of `nemesis/`. */
  faults: Readonly<Record<string, Fault>>;
  /** Record every event, for comparing and for looking at. */
  trace?: boolean;
  /** Hears what nodes note. */
  onNote?: (node: NodeId, timeNs: number, text: string) => void;
  /** Throws `EndlessRun` beyond so many events. Default: no limit. */
  maxEvents?: number;
  /** Hears of every message at the end of its way, and when that is. */
  onMessage?: (
    timeNs: number,
    fate: SimFate,
    link: Link,
    flight: Flight,
    copy: boolean,
    endOrder: number,
  ) => void;
}

/** A node that ended by itself: its program threw. */
export interface SimCrash {
  node: NodeId;
  timeNs: number;
  error: string;
}

/** What a run left. */
export interface SimResult {
  /** Operations in order, as a history holds them. */
  ops: Op[];
  /** The same as columns, for checkers; made when asked for. */
  history(): History;
  /** SHA-256 of the operations as JSON lines, 16 hexadecimal digits; computed when asked for. */
  historyHash(): string;
  /** Hash of all events. */
  traceHash: string;
  /** Events handled and messages sent. */
  events: number;
  messages: number;
  endNs: number;
  /** What faults did; counted when asked for. */
  harm(): Harm;
  crashes: SimCrash[];
  /** How often what should sometimes happen has happened, by name. */
  reached: ReadonlyMap<string, number>;
  trace: Trace | null;
  /** Names of the parties of the trace. */
  parties: string[];
}

const DEFAULT_TIMEOUT_MS = 1_000;
const GRACE_NS = 1_000_000_000;

/**
 * Carries out a case. The same case and subject give the same result, byte for byte. Throws RangeError for a
 * case that names nodes or faults that do not exist.
 */
export function simulate(subject: Subject, c: Case, options: SimulateOptions): SimResult {
  const ops: Op[] = [];
  const crashes: SimCrash[] = [];
  const append = (op: Op): void => {
    op.index = ops.length;
    ops.push(op);
  };
  const world = makeWorld(subject, c, options, (node, error) => {
    crashes.push({ node, timeNs: world.now, error: textOf(error) });
    for (const client of clients) client.nodeEnded(node);
  });
  const trace = options.trace === true ? new Trace() : null;
  world.trace = trace;
  const { onMessage, maxEvents } = options;
  if (maxEvents !== undefined) world.timeline.maxEvents = maxEvents;
  if (onMessage !== undefined) {
    world.network.listener = (fate, link, flight, copy, endOrder) =>
      onMessage(world.now, fate, link, flight, copy, endOrder);
  }
  const timeoutNs = (c.opTimeoutMs ?? DEFAULT_TIMEOUT_MS) * 1e6;
  let left = c.ops.length + c.faults.length;
  const ended = (): void => {
    if (--left === 0) world.timeline.stopped = true;
  };
  const byClient = groupOps(c.ops);
  const finalFromNs = c.finalFromNs ?? Number.POSITIVE_INFINITY;
  const loadUntilNs = loadUntil(c);
  const limits = { timeoutNs, finalFromNs, loadUntilNs };
  const parts = { world, subject, ...limits, clients: byClient.length, append, ended };
  for (const node of world.nodes) world.start(node);
  const clients = byClient.map((own, i) => new SimClient(parts, i, c.nodes[i % c.nodes.length]!, own));
  const nodeEnded = (node: NodeId): void => {
    for (const client of clients) client.nodeEnded(node);
  };
  for (const planned of c.faults) {
    new Trouble({ world, subject, faults: options.faults, append, nodeEnded, ended }, planned);
  }
  if (c.observeEveryMs !== undefined && c.observeEveryMs > 0) watch(world, subject, c.observeEveryMs, append);
  const { reseed } = c;
  if (reseed !== undefined) world.at(reseed.atNs, { run: () => world.reseed(reseed.seed) }, -1);
  const until = c.untilNs ?? lastTimeNs(c) + timeoutNs + GRACE_NS;
  // A case that asks nothing and says how long it is wants to be watched.
  if (left > 0 || c.untilNs !== undefined) world.timeline.run(until);
  return {
    ops,
    history: () => historyOf(ops),
    historyHash: () => historyHash(ops),
    traceHash: world.hash,
    events: world.timeline.events,
    messages: world.network.sent,
    endNs: world.now,
    harm: () => harmOf(world),
    crashes,
    reached: world.reached,
    trace,
    parties: world.network.parties.map((party) => party.name),
  };
}

/** Two runs of one case that were not the same, and where they parted. */
export interface Divergence {
  /** Number of the first event that differs, from 0. */
  event: number;
  first: string;
  second: string;
}

/** Runs a case twice and compares event by event; null when both are the same, as they must be. */
export function findDivergence(subject: () => Subject, c: Case, options: SimulateOptions): Divergence | null {
  const [a, b] = [0, 1].map(() => simulate(subject(), c, { ...options, trace: true }));
  return divergenceOf(a!, b!);
}

/** Where two runs that were traced parted; null when they are the same. */
export function divergenceOf(a: SimResult, b: SimResult): Divergence | null {
  const [first, second] = [a.trace!, b.trace!];
  const event = first.firstDifference(second);
  if (event < 0) {
    if (a.historyHash() === b.historyHash()) return null;
    const op = a.ops.findIndex((one, i) => JSON.stringify(one) !== JSON.stringify(b.ops[i]));
    return {
      event: first.length,
      first: `operation ${op}: ${JSON.stringify(a.ops[op])}`,
      second: `operation ${op}: ${JSON.stringify(b.ops[op])}`,
    };
  }
  return {
    event,
    first: describeEvent(first.event(event), a.parties),
    second: describeEvent(second.event(event), b.parties),
  };
}

/** Hash of operations as JSON lines. */
export function historyHash(ops: readonly Op[]): string {
  const hash = createHash('sha256');
  for (const op of ops) hash.update(`${JSON.stringify(op)}\n`);
  return hash.digest('hex').slice(0, 16);
}

function makeWorld(
  subject: Subject,
  c: Case,
  options: SimulateOptions,
  onCrash: (node: NodeId, error: unknown) => void,
): World {
  const { onNote } = options;
  const world: World = new World({
    seed: Seed.of(c.seed),
    nodes: c.nodes,
    program: (node) => subject.create(node, world.timeline),
    ...(c.network === undefined ? {} : { network: c.network }),
    ...(c.disk === undefined ? {} : { disk: c.disk }),
    ...(c.isolation === undefined ? {} : { isolation: c.isolation }),
    ...(onNote === undefined
      ? {}
      : { onNote: (node: { id: NodeId }, text: string) => onNote(node.id, world.now, text) }),
    onCrash: (node, error) => onCrash(node.id, error),
  });
  return world;
}

/**
 * Until when operations of the load may begin: never later than the last was planned and the last fault ended, where
 * final reads follow. What waits then behind slow ones is left out, as a run leaves out what its time does not reach.
 */
function loadUntil({ ops, faults, finalFromNs }: Case): number {
  if (finalFromNs === undefined) return Number.POSITIVE_INFINITY;
  let until = 0;
  for (const { atNs } of ops) if (atNs < finalFromNs) until = Math.max(until, atNs);
  for (const { untilNs } of faults) if (untilNs < finalFromNs) until = Math.max(until, untilNs);
  return until;
}

/** Operations by client, each in order of time. */
function groupOps(ops: readonly CaseOp[]): CaseOp[][] {
  let clients = 0;
  for (const op of ops) clients = Math.max(clients, op.client + 1);
  const groups: CaseOp[][] = Array.from({ length: clients }, () => []);
  for (const op of ops) groups[op.client]!.push(op);
  for (const group of groups) if (!isInOrder(group)) group.sort((a, b) => a.atNs - b.atNs);
  return groups;
}

function isInOrder(group: readonly CaseOp[]): boolean {
  for (let i = 1; i < group.length; i++) if (group[i - 1]!.atNs > group[i]!.atNs) return false;
  return true;
}

/** Asks every running node who leads, steadily; the answers are operations of its observer. */
function watch(world: World, subject: Subject, everyMs: number, append: (op: Op) => void): void {
  if (subject.leader === undefined) return;
  const tick = {
    run: (): void => {
      for (const node of world.nodes) {
        const said = observe(node, subject);
        const process = `observer:${node.id}`;
        append(operation(world.now, process, 'invoke', 'leader', null, node.id));
        const answer = operation(world.now, process, 'ok', 'leader', said as unknown as Json, node.id);
        if (said === undefined) {
          answer.type = 'fail';
          answer.value = null;
          answer.error = { definite: true, kind: 'no-answer', message: `${node.id} does not answer` };
        }
        append(answer);
      }
      world.at(world.now + everyMs * 1e6, tick);
    },
  };
  world.at(everyMs * 1e6, tick);
}

function textOf(error: unknown): string {
  return error instanceof Error ? asWritten(error.stack ?? error.message) : String(error);
}
