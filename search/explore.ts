/**
 * The search: scenario after scenario of consecutive seeds is carried out and judged, and distinct failures are
 * told apart by their class. Which scenarios there are is the business of `drawScenario`.
 */
import type { Capability, Fault, System } from '../harness/contracts.ts';
import { lookup } from '../harness/registry.ts';
import { type Divergence, findDivergence, simulate } from '../harness/sim/simulate.ts';
import { machineMs } from '../harness/time.ts';
import { spokenAs } from '../harness/workload.ts';
import { FAULTS } from '../nemesis/index.ts';
import { systems } from '../systems/index.ts';
import { PROGRAMS } from '../systems/reference/programs.ts';
import { isSimulatable, subjectOf } from '../systems/subjects.ts';
import { WORKLOADS } from '../workloads/index.ts';
import { promisedBy, survivedBy } from './assumptions.ts';
import { drawScenario } from './draw-scenario.ts';
import { addEvidence, type Evidence, noEvidence } from './evidence.ts';
import type { Survey } from './moments.ts';
import {
  carryOut,
  type Finding,
  type Outcome,
  type Scenario,
  type Signature,
  shownAtNs,
  signatureText,
} from './scenario.ts';
import { survey } from './survey.ts';
import type { Terrain } from './terrain.ts';

/** A class of failure that was found. */
export interface Found {
  signature: Signature;
  /** Its first scenario, what was found in it, and when it was complete there. */
  scenario: Scenario;
  finding: Finding;
  shownNs: number;
  /** Runs and milliseconds until it was first seen, that run included. */
  afterRuns: number;
  afterMs: number;
  /** Runs that showed it. */
  times: number;
}

/** How often something that should sometimes happen has happened. */
export interface Reached {
  times: number;
  /** Runs in which it happened at least once. */
  runs: number;
}

/** What a search did. */
export interface Search {
  /** In the order in which they were found. */
  found: Found[];
  runs: number;
  /** Runs in which nothing was found. */
  clean: number;
  /** Runs in which a checker could not decide. */
  undecided: number;
  /** What the runs are worth. */
  evidence: Evidence;
  /** Runs that were carried out twice, and the first of those that were not the same both times. */
  twice: number;
  diverged: { seed: number; divergence: Divergence }[];
  events: number;
  /** Probes by name. */
  reached: Record<string, Reached>;
  tookMs: number;
}

/** When a search ends: whichever comes first. Plain data, for workers. */
export interface SearchLimits {
  budgetMs: number;
  maxRuns: number;
  /** Ends it at the first failure; with a checker, at the first that this one finds. */
  until?: { checker?: string };
  /** Seed of the first scenario; the others follow. */
  firstSeed: number;
  /** Carry every run out twice and compare. */
  twice?: boolean;
}

/** A search that has done nothing yet. */
export function nothingSearched(): Search {
  const counts = { runs: 0, clean: 0, undecided: 0, events: 0, tookMs: 0, twice: 0 };
  return { found: [], diverged: [], evidence: noEvidence(), reached: {}, ...counts };
}

/** True when a search has found what it is to end with. */
export function foundEnough({ found }: Search, { until }: Pick<SearchLimits, 'until'>): boolean {
  if (until === undefined) return false;
  return found.some(({ signature }) => until.checker === undefined || signature.checker === until.checker);
}

/** Searches until a limit is reached. `onRun` is called after every run. */
export function explore(
  terrain: Terrain,
  limits: SearchLimits,
  onRun?: (search: Search) => void,
  seen: Survey | null = surveyFor(terrain),
): Search {
  const began = machineMs();
  const search = nothingSearched();
  for (let seed = limits.firstSeed; search.runs < limits.maxRuns; seed++) {
    search.tookMs = machineMs() - began;
    if (search.tookMs > limits.budgetMs || foundEnough(search, limits)) break;
    const scenario = drawScenario(terrain, seed, seen);
    const outcome = carryOut(scenario, scenario.case);
    search.runs++;
    search.events += outcome.run.events;
    countEvidence(search, scenario, outcome);
    if (limits.twice === true) again(search, scenario, outcome, seed);
    if (outcome.undecided.length > 0) search.undecided++;
    if (outcome.findings.length === 0) search.clean++;
    for (const [name, times] of outcome.run.reached) addReached(search, name, { times, runs: 1 });
    for (const finding of outcome.findings) {
      const { checker, kind } = finding;
      addFound(search, {
        signature: { checker, kind },
        scenario,
        finding,
        shownNs: shownAtNs(outcome, finding),
        afterRuns: search.runs,
        afterMs: machineMs() - began,
        times: 1,
      });
    }
    search.tookMs = machineMs() - began;
    onRun?.(search);
  }
  return search;
}

/** What faults can wait for, where the strategy makes them wait. */
export function surveyFor(terrain: Terrain): Survey | null {
  return terrain.strategy === 'trigger' ? survey(terrain) : null;
}

/** Adds what was searched after it: the same as one search of both ranges of seeds. */
export function addSearch(search: Search, next: Search, tookMs: number): void {
  for (const found of next.found) {
    addFound(search, { ...found, afterRuns: search.runs + found.afterRuns, afterMs: tookMs });
  }
  for (const [name, reached] of Object.entries(next.reached)) addReached(search, name, reached);
  search.runs += next.runs;
  search.clean += next.clean;
  search.undecided += next.undecided;
  search.events += next.events;
  search.twice += next.twice;
  search.diverged.push(...next.diverged);
  for (const name of Object.keys(next.evidence) as (keyof Evidence)[])
    search.evidence[name] += next.evidence[name];
  search.tookMs = tookMs;
}

function countEvidence({ evidence }: Search, { case: c }: Scenario, { run, verdicts }: Outcome): void {
  addEvidence(evidence, { history: run.history(), faults: c.faults.length, harm: run.harm(), verdicts });
}

/** Carries a run out a second time; where it is not the same, finds the first event that differs. */
function again(search: Search, { program, case: c }: Scenario, { run }: Outcome, seed: number): void {
  search.twice++;
  const options = { faults: FAULTS };
  const second = simulate(subjectOf(program, c), c, options);
  if (second.traceHash === run.traceHash && second.historyHash() === run.historyHash()) return;
  const divergence = findDivergence(() => subjectOf(program, c), c, options);
  const unseen = { event: 0, first: run.traceHash, second: second.traceHash };
  search.diverged.push({ seed, divergence: divergence ?? unseen });
}

function addFound(search: Search, found: Found): void {
  const text = signatureText(found.signature);
  const before = search.found.find(({ signature }) => signatureText(signature) === text);
  if (before === undefined) search.found.push(found);
  else before.times += found.times;
}

function addReached({ reached }: Search, name: string, more: Reached): void {
  const before = reached[name];
  if (before === undefined) reached[name] = { ...more };
  else {
    before.times += more.times;
    before.runs += more.runs;
  }
}

/** Faults a short run of a system can carry out: those that can be put as data; no lies, and nobody who writes on links. */
export function searchableFaults(system?: System): string[] {
  return Object.values(FAULTS)
    .filter(
      (fault: Fault) =>
        fault.effect !== undefined && !ELSEWHERE.some((need) => needsOf(fault).includes(need)),
    )
    .map((fault) => fault.name)
    .filter((name) => name !== 'membership' || system?.membership !== undefined);
}

/**
 * Lies; faults of packets, which simulated messages are not made of; and losses of power, which is what a kill does
 * there anyway.
 */
const ELSEWHERE: readonly Capability[] = [
  'link.tamper',
  'message.tap',
  'link.listen',
  'link.corrupt',
  'link.mtu',
  'disk.power',
];

function needsOf(fault: Fault): readonly Capability[] {
  return fault.needs(fault.defaultMode, {});
}

/** Systems whose program can be simulated in memory, by name. */
export function searchableSystems(): string[] {
  return Object.keys(systems).filter(isSimulatable);
}

/** What a system should sometimes reach, by its own account; empty where it says nothing. */
export function declaredProbes(system: string): readonly string[] {
  return Object.hasOwn(PROGRAMS, system) ? (PROGRAMS[system]!.probes ?? []) : [];
}

/** Everything a system without bugs promises, under every fault it promises to survive. */
export function correctTerrain(name: string): Terrain {
  const system = lookup('system', systems, name);
  return {
    system,
    bugs: [],
    workloads: promisedBy(name, searchableWorkloads(system)),
    faults: survivedBy(name, searchableFaults()),
    settings: {},
    strategy: 'mixed',
  };
}

/** Workloads of a system that judge something. */
export function searchableWorkloads(system: System): string[] {
  const own = Object.keys(system.workloads).filter((name) => Object.hasOwn(WORKLOADS, name));
  const others = Object.values(WORKLOADS).filter(
    (workload) => !own.includes(workload.name) && spokenAs(workload, system) !== undefined,
  );
  return [...own, ...others.map(({ name }) => name)].filter((name) => !NOT_IN_SHORT_RUNS.includes(name));
}

/** What judges nothing, and what consists of answers: where the next poll begins is what the last one returned. */
const NOT_IN_SHORT_RUNS = ['echo', 'kafka'];
