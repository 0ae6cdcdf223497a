/**
 * Scenarios drawn from a seed: a cluster, a workload, and a schedule of faults, all of them plain data. How many
 * faults and how large a cluster decides most about how soon a bug is found, far more than cleverness about
 * which; so the default mixes dense schedules of several sizes, half of them over a random part of the kinds.
 */
import type { NodeId, PlannedFault, System } from '../harness/contracts.ts';
import { Roster } from '../harness/generator/context.ts';
import { clients, type GeneratorLike, stagger, until } from '../harness/generator/index.ts';
import { type AnswerRule, invocations, simulate } from '../harness/interpreter/simulate.ts';
import type { Json } from '../harness/op.ts';
import { workloadOptions } from '../harness/plan/workload-options.ts';
import { type Rng, Seed } from '../harness/random.ts';
import { lookup } from '../harness/registry.ts';
import { type Case, type CaseOp, lastOfFaultNs } from '../harness/sim/case.ts';
import type { Isolation } from '../harness/sim/isolation.ts';
import type { CaseFault } from '../harness/sim/triggers.ts';
import { type BuiltWorkload, spokenAs } from '../harness/workload.ts';
import { leftOpen } from '../systems/client-memory.ts';
import { PROGRAMS } from '../systems/reference/programs.ts';
import { WORKLOADS } from '../workloads/index.ts';
import { needsTime, sizesOf } from './assumptions.ts';
import { drawFaults, type FaultFrame } from './draw-faults.ts';
import { drawTriggered } from './draw-triggers.ts';
import type { SeenMoment, Survey } from './moments.ts';
import type { Scenario } from './scenario.ts';
import type { Terrain } from './terrain.ts';

/** Never reported by these: they count, or need more time than a short run has. */
const NOT_JUDGING = new Set(['stats', 'election-liveness']);
/** After the faults a cluster has this long before final reads. */
const SETTLE_MS = 2_000;
/** Watched for this long after the faults, an election that does not end is one. */
const WATCH_MS = 10_500;

/** The scenario of a seed: always the same one. `seen` is needed where faults wait for moments. */
export function drawScenario(terrain: Terrain, seed: number, seen: Survey | null = null): Scenario {
  const { system, bugs } = terrain;
  const hints = seed % 4 === 0 ? {} : (terrain.hints ?? {});
  const settings = { ...drawSettings(system, seed), ...terrain.settings, ...hints.set };
  const rng = Seed.of(seed).fork('explore').rng();
  const strategy = terrain.strategy === 'mixed' ? (seed % 2 === 0 ? 'dense' : 'swarm') : terrain.strategy;
  const size =
    strategy === 'random' && terrain.sizes === undefined
      ? 5
      : rng.pick(terrain.sizes ?? sizesOf(system.name));
  const nodes = nodeNames(hints.nodes ?? size);
  const anyWorkload = terrain.workloads[rng.int(0, terrain.workloads.length - 1)]!;
  const workload = hints.workload ?? anyWorkload;
  const anyLoadMs = rng.pick([1_000, 2_000, 4_000]);
  const loadMs = hints.loadMs ?? anyLoadMs;
  const clientsEach = rng.pick([1, 1, 2, 3]);
  const concurrency = nodes.length * (hints.clients ?? clientsEach);
  const frame = {
    ...{ kinds: terrain.faults, nodes, leads: leads(system), loadMs },
    ...(hints.faults === undefined ? {} : { hints: hints.faults }),
    ...(hints.count === undefined ? {} : { count: hints.count }),
    ...(terrain.density === undefined ? {} : { density: terrain.density }),
  };
  const faults = faultsOf(strategy, frame, seen?.moments[workload] ?? [], rng);
  const built = buildFor({ ...terrain, settings }, workload, { nodes, concurrency, seed, faults });
  const perSecond = rng.pick([20, 40, 80]);
  const ops = load(built, { concurrency, loadMs, perSecond: hints.perSecond ?? perSecond, seed });
  const quietMs = lastMs(ops, faults, loadMs);
  const ending = finalOps(built, concurrency, quietMs + SETTLE_MS, ops);
  const spoken = spokenAs(lookup('workload', WORKLOADS, workload), system) ?? workload;
  const watched = spoken === 'leader' && rng.chance(0.3);
  const opTimeoutMs = rng.pick([200, 500, 1_000]);
  const anyNetwork = !needsTime(system.name) && rng.chance(0.3) ? drawNetwork(rng) : undefined;
  const network = hints.latency === undefined ? anyNetwork : { latency: hints.latency };
  const c: Case = {
    version: 1,
    seed,
    nodes,
    workload: spoken,
    settings: { ...settings },
    bugs: [...bugs],
    ops: [...ops, ...ending],
    ...(ending.length > 0 ? { finalFromNs: (quietMs + SETTLE_MS) * 1e6 } : {}),
    faults,
    isolation: drawIsolation(terrain, seed),
    opTimeoutMs: hints.opTimeoutMs ?? opTimeoutMs,
    ...(network === undefined ? {} : { network }),
    ...(!needsTime(system.name) && rng.chance(0.2)
      ? { disk: { minMs: 0.1, meanMs: rng.pick([2, 10, 30]) } }
      : {}),
    ...(spoken === 'leader' ? { observeEveryMs: 50 } : {}),
    // Something to wait for: a run ends with its last operation.
    ...(watched ? { ops: [...ops, watch(quietMs)] } : {}),
  };
  const checkers = built.checkers.filter(
    ({ name }) => !NOT_JUDGING.has(name) || (watched && name !== 'stats'),
  );
  return { program: system.name, checkers, case: c };
}

/**
 * Mostly as in runs, where a program that changes what it has sent or stored is untidy, not wrong. Now and then through
 * text, which shows what does not survive that; and, for programs of ours that are meant to be correct, frozen, where
 * such a program throws.
 */
function drawIsolation({ system, bugs }: Terrain, seed: number): Isolation {
  const drawn = Seed.of(seed).fork('isolation').rng().int(0, 15);
  if (drawn === 0) return 'json';
  return drawn === 1 && bugs.length === 0 && Object.hasOwn(PROGRAMS, system.name) ? 'freeze' : 'copy';
}

function faultsOf(
  strategy: Exclude<Terrain['strategy'], 'mixed'>,
  frame: Omit<FaultFrame, 'strategy'>,
  moments: readonly SeenMoment[],
  rng: Rng,
): CaseFault[] {
  if (strategy === 'quiet') return [];
  if (strategy === 'trigger') return drawTriggered({ ...frame, moments }, rng);
  return drawFaults({ strategy, ...frame }, rng);
}

/** Values of the settings that a system wants drawn. */
function drawSettings(system: System, seed: number): Terrain['settings'] {
  const rng = Seed.of(seed).fork('settings').rng();
  const drawn = Object.entries(system.drawn ?? {});
  return Object.fromEntries(drawn.map(([name, values]) => [name, rng.pick(values)]));
}

interface Frame {
  nodes: readonly NodeId[];
  concurrency: number;
  seed: number;
  faults: readonly PlannedFault[];
}

function buildFor(
  { system, settings }: Terrain,
  workload: string,
  { nodes, concurrency, seed, faults }: Frame,
): BuiltWorkload {
  const found = lookup('workload', WORKLOADS, workload);
  const promised = system.consensus?.(nodes, settings);
  const liars = faults.filter(({ fault }) => fault === 'byzantine').flatMap((fault) => fault.nodes);
  const faulty = [...new Set([...(promised?.faulty ?? []), ...liars])];
  return found.build(workloadOptions(found, {}), {
    seed: Seed.of(seed).fork('workload'),
    nodes,
    concurrency,
    operations: system.workloads[spokenAs(found, system) ?? workload] ?? [],
    ...(system.leadership === undefined ? {} : { leadership: system.leadership }),
    ...(promised === undefined ? {} : { consensus: { ...promised, faulty } }),
  });
}

function leads(system: System): boolean {
  return system.leadership !== undefined;
}

/** Answers that let the generators go on: an empty read, a lock; everything else as it was asked. */
const answer: AnswerRule = (op, draws) => {
  const afterNs = draws.int(500_000, 2_500_000);
  if (op.f === 'acquire') return { afterNs, type: 'ok', value: { token: 1 } };
  if (op.f === 'get') return { afterNs, type: 'ok', value: [] };
  return { afterNs, type: 'ok' };
};

interface LoadShape {
  concurrency: number;
  loadMs: number;
  perSecond: number;
  seed: number;
}

/** The operations of the load, from 100 ms on. */
function load(built: BuiltWorkload, { concurrency, loadMs, perSecond, seed }: LoadShape): CaseOp[] {
  const paced = stagger(Seed.of(seed).fork('rate'), 1e9 / perSecond, built.generator);
  return asked(until(loadMs * 1e6, clients(paced)), concurrency, 100e6);
}

function finalOps(
  built: BuiltWorkload,
  concurrency: number,
  fromMs: number,
  load: readonly CaseOp[],
): CaseOp[] {
  if (built.final === undefined) return [];
  return asked(clients(built.final), concurrency, fromMs * 1e6, answersAfter(load));
}

/** Answers at the end: no more messages can wait in a queue than went in, and then it is empty. */
function answersAfter(load: readonly CaseOp[]): AnswerRule {
  let waiting = load.filter(({ f }) => f === 'enqueue').length;
  return (op, draws, n) => {
    const answered = answer(op, draws, n);
    if (op.f !== 'dequeue' || waiting-- > 0) return answered;
    return { ...answered, type: 'fail', error: { definite: true, kind: 'empty' } };
  };
}

function asked(
  generator: GeneratorLike,
  concurrency: number,
  fromNs: number,
  rule: AnswerRule = answer,
): CaseOp[] {
  const simulation = simulate(generator, new Roster(concurrency), rule, 1, { maxOps: 1_500 });
  return invocations(simulation).map(({ timeNs, thread, f, key, value }) =>
    leftOpen({
      atNs: fromNs + Math.round(timeNs),
      client: thread as number,
      f,
      ...(key === undefined ? {} : { key }),
      value,
    }),
  );
}

/** One more question after an election had all the time it may take. */
function watch(quietMs: number): CaseOp {
  return { atNs: (quietMs + WATCH_MS) * 1e6, client: 0, f: 'command', value: 'last' as Json };
}

function lastMs(ops: readonly CaseOp[], faults: readonly CaseFault[], loadMs: number): number {
  let last = loadMs * 1e6;
  for (const op of ops) last = Math.max(last, op.atNs);
  for (const fault of faults) last = Math.max(last, lastOfFaultNs(fault));
  return Math.ceil(last / 1e6);
}

function drawNetwork(rng: Rng): NonNullable<Case['network']> {
  return {
    latency: { minMs: rng.pick([0.1, 1, 5]), meanMs: rng.pick([0.5, 5, 20]) },
    ...(rng.chance(0.5) ? { ordered: true } : {}),
  };
}

/** `n1`, `n2`... */
export function nodeNames(count: number): NodeId[] {
  return Array.from({ length: count }, (_, i) => `n${i + 1}`);
}
