/**
 * The figures of a bench of searches: how soon a bug is found when some trials did not find it, by which factor
 * one way to search is faster than another over all bugs, and how sure that factor is.
 */
import { Seed } from '../harness/random.ts';

/** One search for one bug. */
export interface Trial {
  /** Runs it took; those that were made where it was not found. */
  runs: number;
  cpuMs: number;
  found: boolean;
}

/** Trials of one bug, by arm; all arms have as many, and those of one place began with the same seed. */
export type BugTrials = Readonly<Record<string, readonly Trial[]>>;

/** A factor with the interval that holds the true one in 95 of 100 cases. */
export interface Factor {
  value: number;
  low: number;
  high: number;
}

/** How much sooner an arm finds bugs than another one: 2 is in half the runs. */
export interface Comparison {
  arm: string;
  runs: Factor;
  cpu: Factor;
  /** Bugs it never found, though the other did in more than half of the trials; as places in the list. */
  misses: number[];
  /** Bugs that one of the two found: the only ones that tell anything. */
  bugs: number;
}

/** What a way to search has to be better by to become the default. */
export const WORTH = 1.5;

/** The median of what trials took, and whether it is one that ended without finding anything: then it is more. */
export function medianOf(
  trials: readonly Trial[],
  cost: (trial: Trial) => number,
): { value: number; isMore: boolean } {
  const sorted = [...trials].sort((a, b) => Number(b.found) - Number(a.found) || cost(a) - cost(b));
  if (sorted.length === 0) return { value: Number.NaN, isMore: false };
  const low = sorted[Math.floor((sorted.length - 1) / 2)]!;
  const high = sorted[Math.ceil((sorted.length - 1) / 2)]!;
  return { value: (cost(low) + cost(high)) / 2, isMore: !high.found };
}

/** How an arm compares with the base over all bugs. O(resamples x bugs x trials). */
export function compareArms(bugs: readonly BugTrials[], base: string, arm: string): Comparison {
  const telling = bugs.filter((bug) => [...bug[base]!, ...bug[arm]!].some(({ found }) => found));
  const misses = bugs.flatMap((bug, i) => {
    const times = bug[base]!.filter(({ found }) => found).length;
    const isMissed = times * 2 > bug[base]!.length && bug[arm]!.every(({ found }) => !found);
    return isMissed ? [i] : [];
  });
  return {
    arm,
    runs: factorOf(telling, base, arm, ({ runs }) => runs),
    cpu: factorOf(telling, base, arm, ({ cpuMs }) => cpuMs),
    misses,
    bugs: telling.length,
  };
}

/** True for an arm that should become the default: clearly sooner in runs and in processor time, and blind to nothing. */
export function isWorthChanging({ runs, cpu, misses }: Comparison): boolean {
  const isClear = ({ value, low }: Factor): boolean => value >= WORTH && low > 1;
  return isClear(runs) && isClear(cpu) && misses.length === 0;
}

const RESAMPLES = 2_000;
/** Two-sided, 95 %. */
const Z = 1.959964;

/**
 * The geometric mean over bugs of how many times sooner the arm finds them. What a find costs is all that was spent
 * over the number of finds, half a find more so that none is not infinite: the maximum-likelihood estimate where
 * runs succeed by chance, and right where trials were cut off. The interval is a paired bootstrap over the trials.
 */
function factorOf(
  bugs: readonly BugTrials[],
  base: string,
  arm: string,
  cost: (trial: Trial) => number,
): Factor {
  const pooled = (pick: (trials: number) => number[]): number => {
    let sum = 0;
    for (const bug of bugs) {
      const places = pick(bug[base]!.length);
      sum += Math.log(perFind(bug[base]!, places, cost) / perFind(bug[arm]!, places, cost));
    }
    return bugs.length === 0 ? 0 : sum / bugs.length;
  };
  const value = pooled((trials) => Array.from({ length: trials }, (_, i) => i));
  const fewest = Math.min(...bugs.map((bug) => bug[base]!.length));
  if (bugs.length === 0 || fewest < 2)
    return { value: Math.exp(value), low: 0, high: Number.POSITIVE_INFINITY };
  const rng = Seed.of(1).fork('bootstrap').rng();
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < RESAMPLES; i++) {
    const one = pooled((trials) => Array.from({ length: trials }, () => rng.int(0, trials - 1)));
    sum += one;
    squares += one * one;
  }
  const variance = Math.max(0, squares / RESAMPLES - (sum / RESAMPLES) ** 2);
  // Resamples of few trials vary too little.
  const half = Z * Math.sqrt((variance * fewest) / (fewest - 1));
  return { value: Math.exp(value), low: Math.exp(value - half), high: Math.exp(value + half) };
}

function perFind(
  trials: readonly Trial[],
  places: readonly number[],
  cost: (trial: Trial) => number,
): number {
  let spent = 0;
  let finds = 0;
  for (const place of places) {
    const trial = trials[place]!;
    spent += cost(trial);
    if (trial.found) finds++;
  }
  return spent / (finds + 0.5);
}
