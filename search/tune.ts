/**
 * The bench of the search: ways to search race for planted bugs, trial by trial, from the same seeds. Trials go
 * round robin, so that a budget that ends early and a machine that slows down hit every way alike.
 */
import { lookup, UsageError } from '../harness/registry.ts';
import { machineMs, processorMs } from '../harness/time.ts';
import { checkSize } from './assumptions.ts';
import type { SearchLimits } from './explore.ts';
import { exploreAll } from './explore-all.ts';
import { STRATEGIES, type Strategy, type TerrainSpec } from './terrain.ts';
import type { Trial } from './tune-figures.ts';

/** A way to search: a strategy, and what it would draw otherwise. */
export interface Arm {
  /** As it is typed: `dense`, `dense:40`, `dense:40@3`. */
  name: string;
  strategy: Strategy;
  faults?: number;
  nodes?: number;
}

/** A planted bug, with what is searched for it and the checker that should find it; null where any may. */
export interface Prey {
  system: string;
  bug: string;
  checker: string | null;
  terrain: TerrainSpec;
}

/** A system without bugs: whatever is found in it is a false alarm. */
export interface Control {
  system: string;
  terrain: TerrainSpec;
}

/** When a bench ends. */
export interface TuneLimits {
  /** Of each bug with each arm. */
  trials: number;
  /** Of one trial: a bug that was not found in so many counts as one that needs more. */
  maxRuns: number;
  budgetMs: number;
  firstSeed: number;
}

/** The trials of one bug, by arm; all arms have as many. */
export interface TuneRow {
  system: string;
  bug: string;
  trials: Record<string, Trial[]>;
  /** No arm found it in the first trials, so it was given up. */
  givenUp: boolean;
}

/** Failures of a system without bugs. */
export interface ControlRow {
  system: string;
  arm: string;
  runs: number;
  failures: number;
}

/** What a bench measured. */
export interface Tuning {
  rows: TuneRow[];
  controls: ControlRow[];
  /** False when the budget ended it. */
  complete: boolean;
  cpuMs: number;
  tookMs: number;
}

/** Between the first seeds of trials: no two trials share a run. */
const TRIAL_SEEDS = 1_000_000;
/** After so many trials in which nobody found it, a bug is given up. */
const GIVE_UP_AFTER = 2;
const CONTROL_RUNS = 50;

/** The way a word means. Throws `UsageError`. */
export function armOf(word: string): Arm {
  const [, name, faults, nodes] = /^([a-z]+)(?::(\d+))?(?:@(\d+))?$/.exec(word) ?? [];
  if (name === undefined || faults === '0' || nodes === '0') {
    throw new UsageError(`"${word}" is no way to search`, {
      hint: 'a strategy, with a number of faults and of nodes if you want: dense, dense:40, dense:40@3',
    });
  }
  lookup('strategy', Object.fromEntries(STRATEGIES.map((one) => [one, one])), name);
  return {
    name: word,
    strategy: name as Strategy,
    ...(faults === undefined ? {} : { faults: Number(faults) }),
    ...(nodes === undefined ? {} : { nodes: Number(nodes) }),
  };
}

/** Holds the bench. `onRow` hears of every bug that every arm has searched for once more. Rejects with `UsageError`. */
export async function tune(
  preys: readonly Prey[],
  controls: readonly Control[],
  arms: readonly Arm[],
  limits: TuneLimits,
  onRow?: (row: TuneRow) => void,
): Promise<Tuning> {
  for (const { terrain } of [...preys, ...controls])
    for (const { nodes } of arms) if (nodes !== undefined) checkSize(terrain.system, nodes);
  const bench = new Bench(arms, limits);
  const rows = preys.map(({ system, bug }): TuneRow => {
    return { system, bug, trials: Object.fromEntries(arms.map(({ name }) => [name, []])), givenUp: false };
  });
  const checked: ControlRow[] = [];
  for (const control of controls) checked.push(...(await bench.control(control)));
  for (let trial = 0; trial < limits.trials && !bench.isOver; trial++) {
    for (const [i, prey] of preys.entries()) {
      const row = rows[i]!;
      if (bench.isOver || row.givenUp) continue;
      if (await bench.race(prey, row, trial)) onRow?.(row);
    }
  }
  return { rows, controls: checked, complete: !bench.isOver, ...bench.spent() };
}

class Bench {
  readonly #arms: readonly Arm[];
  readonly #limits: TuneLimits;
  readonly #began = machineMs();
  readonly #cpuBegan = processorMs();

  constructor(arms: readonly Arm[], limits: TuneLimits) {
    this.#arms = arms;
    this.#limits = limits;
  }

  get isOver(): boolean {
    return this.#left() <= 0;
  }

  spent(): { cpuMs: number; tookMs: number } {
    return { cpuMs: processorMs() - this.#cpuBegan, tookMs: machineMs() - this.#began };
  }

  async control({ system, terrain }: Control): Promise<ControlRow[]> {
    const rows: ControlRow[] = [];
    for (const arm of this.#arms) {
      const limits = { budgetMs: this.#left(), maxRuns: CONTROL_RUNS, firstSeed: this.#limits.firstSeed };
      const { runs, clean } = await exploreAll(searched(terrain, arm), limits);
      rows.push({ system, arm: arm.name, runs, failures: runs - clean });
    }
    return rows;
  }

  /** One trial of every arm; false, and nothing is kept, when the budget ended in the middle. */
  async race({ checker, terrain }: Prey, row: TuneRow, number: number): Promise<boolean> {
    const done: [string, Trial][] = [];
    for (let i = 0; i < this.#arms.length; i++) {
      // Whoever goes first pays for what is compiled late: everybody does in turn.
      const arm = this.#arms[(i + number) % this.#arms.length]!;
      const limits: SearchLimits = {
        budgetMs: this.#left(),
        maxRuns: this.#limits.maxRuns,
        firstSeed: this.#limits.firstSeed + number * TRIAL_SEEDS,
        until: checker === null ? {} : { checker },
      };
      const from = processorMs();
      const search = await exploreAll(searched(terrain, arm), limits);
      const cpuMs = processorMs() - from;
      const found = search.found.find(({ signature }) => checker === null || signature.checker === checker);
      if (found === undefined && search.runs < this.#limits.maxRuns) return false;
      done.push([arm.name, { runs: found?.afterRuns ?? search.runs, cpuMs, found: found !== undefined }]);
    }
    for (const [arm, trial] of done) row.trials[arm]!.push(trial);
    const all = Object.values(row.trials);
    row.givenUp =
      all[0]!.length === GIVE_UP_AFTER && all.every((trials) => trials.every(({ found }) => !found));
    return true;
  }

  #left(): number {
    return this.#limits.budgetMs - (machineMs() - this.#began);
  }
}

/** What an arm searches of a terrain. */
function searched(terrain: TerrainSpec, { strategy, faults, nodes }: Arm): TerrainSpec {
  return {
    ...terrain,
    strategy,
    ...(faults === undefined ? {} : { density: faults }),
    ...(nodes === undefined ? {} : { sizes: [nodes] }),
  };
}
