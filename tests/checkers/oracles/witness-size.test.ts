/**
 * Witnesses are small: half of those a checker shows, over the museum and over histories near it, are of six
 * operations at most, and none is much larger than its reason asks for.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Checker, UNLIMITED } from '../../../checkers/contract.ts';
import { ORACLES } from '../../../checkers/oracles/index.ts';
import { plainOps } from '../../../checkers/oracles/plain.ts';
import { CHECKERS } from '../../../checkers/registry.ts';
import type { History } from '../../../harness/history/history.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { dice, fewDice } from '../script.ts';
import { crowd, mutant } from './mutants.ts';
import { subjectsOf } from './subjects.ts';

const ALL: Readonly<Record<string, Checker>> = CHECKERS;
const MOST = 6;

/** Checkers whose witnesses are larger by nature: the median that is allowed, and why. */
const LARGER: Readonly<Record<string, { median: number; why: string }>> = {
  'election-liveness': {
    median: 12,
    why: 'that nobody led for so long rests on answers of a majority all that time',
  },
  queue: {
    median: 12,
    why: 'histories put together from pieces send one message again and again: all of that is what excuses it',
  },
};

/** Operations of each witness, invocation and completion counted once. */
const sizes = (history: History, found: readonly { ops: readonly number[] }[]): number[] =>
  found.map(({ ops }) => plainOps(history, ops).length).filter((size) => size > 0);

const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)]!;

describe.each(Object.keys(ORACLES))('%s', (name) => {
  it('shows small witnesses', () => {
    const subjects = subjectsOf(name);
    const all = subjects.flatMap(({ history, options }) =>
      sizes(history, ALL[name]!.check(history, options, UNLIMITED).anomalies),
    );
    fc.assert(
      fc.property(dice(30, 60), fewDice(), (d, few) => {
        const [first, second] = [d.pick(subjects), d.pick(subjects)];
        const others = Array.from({ length: d.roll(12) }, () => d.pick(subjects).history);
        const history = d.chance(50)
          ? mutant(few, first.history, second.history)
          : crowd(few, [first.history, ...others]);
        const { anomalies } = ALL[name]!.check(history, first.options, UNLIMITED);
        all.push(...sizes(history, anomalies));
      }),
      { numRuns: fuzzRuns(100) },
    );
    expect(all.length).toBeGreaterThan(5);
    expect(median(all)).toBeLessThanOrEqual(LARGER[name]?.median ?? MOST);
  });
});

it('lists only what is larger', () => {
  for (const [name, { median: allowed, why }] of Object.entries(LARGER)) {
    expect(Object.keys(ORACLES)).toContain(name);
    expect(allowed).toBeGreaterThan(MOST);
    expect(why.length).toBeGreaterThan(20);
  }
});
