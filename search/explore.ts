/**
 * The search: scenario after scenario of consecutive seeds is carried out and judged, and distinct failures are
 * told apart by their class. Which scenarios there are is the business of `drawScenario`.
 */
import type { Capability, Fault, System } from '../harness/contracts.ts';
import { lookup } from '../harness/registry.ts';
import { type Divergence, findDivergence, simulate } from '../harness/sim/simulate.ts';
import { machineMs } from '../harness/time.ts';
import { FAULTS } from '../nemesis/index.ts';
import { systems } from '../systems/index.ts';
import { PROGRAMS } from '../systems/reference/programs.ts';
import { subjectOf } from '../systems/subjects.ts';
import { WORKLOADS } from '../workloads/index.ts';
import { promisedBy, survivedBy } from './assumptions.ts';
import { drawScenario, type Terrain } from './draw-scenario.ts';
import { addEvidence, type Evidence, noEvidence } from './evidence.ts';
import {
  carryOut,
  type Finding,
  type Outcome,
  type Scenario,
  type Signature,
  shownAtNs,
  signatureText,
} from './scenario.ts';

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
  tookMs: number;
}

/** When a search ends: whichever comes first. */
export interface SearchLimits {
  budgetMs: number;
  maxRuns: number;
  /** Ends it at the first failure this accepts. */
  enough?: (found: Found) => boolean;
  /** Seed of the first scenario; the others follow. */
  firstSeed: number;
  /** From one seed to the next: how many searches share them. */
  stride: number;
  /** Carry every run out twice and compare. */
  twice?: boolean;
}

/** Searches until a limit is reached. `onRun` is called after every run. */
export function explore(terrain: Terrain, limits: SearchLimits, onRun?: (search: Search) => void): Search {
  const began = machineMs();
  const byText = new Map<string, Found>();
  const search = nothingYet();
  let over = false;
  for (let seed = limits.firstSeed; !over && search.runs < limits.maxRuns; seed += limits.stride) {
    search.tookMs = machineMs() - began;
    if (search.tookMs > limits.budgetMs) break;
    const scenario = drawScenario(terrain, seed);
    const outcome = carryOut(scenario, scenario.case);
    search.runs++;
    search.events += outcome.run.events;
    countEvidence(search, scenario, outcome);
    if (limits.twice === true) again(search, scenario, outcome, seed);
    if (outcome.undecided.length > 0) search.undecided++;
    if (outcome.findings.length === 0) search.clean++;
    for (const finding of outcome.findings) {
      const text = signatureText(finding);
      const before = byText.get(text);
      if (before !== undefined) {
        before.times++;
        continue;
      }
      const { checker, kind } = finding;
      const found: Found = {
        signature: { checker, kind },
        scenario,
        finding,
        shownNs: shownAtNs(outcome, finding),
        afterRuns: search.runs,
        afterMs: machineMs() - began,
        times: 1,
      };
      byText.set(text, found);
      search.found.push(found);
      if (limits.enough?.(found) === true) over = true;
    }
    search.tookMs = machineMs() - began;
    onRun?.(search);
  }
  return search;
}

function nothingYet(): Search {
  const counts = { runs: 0, clean: 0, undecided: 0, events: 0, tookMs: 0, twice: 0 };
  return { found: [], diverged: [], evidence: noEvidence(), ...counts };
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

/** Faults a short run of a system can carry out: those that can be put as data; no lies, and nobody who writes on links. */
export function searchableFaults(system?: System): string[] {
  return Object.values(FAULTS)
    .filter((fault: Fault) => fault.effect !== undefined && !LIES.some((lie) => needsOf(fault).includes(lie)))
    .map((fault) => fault.name)
    .filter((name) => name !== 'membership' || system?.membership !== undefined);
}

const LIES: readonly Capability[] = ['link.tamper', 'message.tap', 'link.listen'];

function needsOf(fault: Fault): readonly Capability[] {
  return fault.needs(fault.defaultMode, {});
}

/** Systems whose program can be simulated in memory, by name. */
export function searchableSystems(): string[] {
  return Object.keys(systems).filter((name) => Object.hasOwn(PROGRAMS, name));
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
  return Object.keys(system.workloads).filter((name) => name !== 'echo' && Object.hasOwn(WORKLOADS, name));
}
