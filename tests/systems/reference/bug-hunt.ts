/**
 * The promise behind every bug switch: the checker it names fails when it is on, in some of a few seeded runs,
 * and the program without it passes the same runs.
 */
import { expect, it } from 'vitest';
import { type TrialOptions, trial } from './trial.ts';

/** Runs in which one bug shows. */
export type Hunt = Omit<TrialOptions, 'system' | 'kind' | 'seed' | 'bugs' | 'workload'> & {
  /** Default: that of the switch. */
  workload?: string;
  /** Seeds tried; default 8, three of them without the bug. */
  seeds?: number;
};

/** Seeds that the program must pass without the bug. */
const SOUND_SEEDS = 3;

/** Hunts every bug of a system. Call it inside a `describe`. */
export function bugHunt(
  { system, kind }: Pick<TrialOptions, 'system' | 'kind'>,
  hunts: Readonly<Record<string, Hunt>>,
): void {
  it('hunts every bug that it has', () => {
    expect(Object.keys(hunts).sort()).toEqual([...kind.bugs].sort());
    expect(Object.keys(system.bugs).sort()).toEqual([...kind.bugs].sort());
  });

  it.each(Object.keys(hunts))('is caught with %s, and only then', (bug) => {
    const { seeds = 8, ...hunt } = hunts[bug]!;
    const { workload, checker } = system.bugs[bug]!;
    let caught = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const options = { system, kind, workload, ...hunt, seed };
      if (caught < 1 && trial({ ...options, bugs: [bug] }).verdict(checker) === 'fail') caught++;
      if (seed >= SOUND_SEEDS) continue;
      const sound = trial(options);
      for (const [name, result] of Object.entries(sound.results)) {
        const what = `${name}, seed ${seed}: ${result.note ?? result.anomalies[0]?.sentence}`;
        if (name !== 'stats') expect(result.verdict, what).toBe('pass');
      }
    }
    expect(caught).toBeGreaterThan(0);
  });
}
