/**
 * What every checker must do, whatever it checks: answer on any history, the same way each time, with plain
 * data, within its budget, and without touching the history.
 */
import { describe, expect, test } from 'vitest';
import type { Checker } from '../../checkers/contract.ts';
import { UNLIMITED } from '../../checkers/contract.ts';
import type { History } from '../../harness/history/history.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { proves, SPENT, witnesses } from '../../plugins/kit/checker-kit.ts';

/** A history, and what it is. */
export interface CheckerCase {
  what: string;
  history: () => History;
}

const VERDICTS = ['pass', 'fail', 'unknown', 'vacuous', 'broken'];

/** Runs the contract over these histories. */
export function checkerContract(name: string, checker: Checker, cases: readonly CheckerCase[]): void {
  const results = new Map<CheckerCase, CheckerResult>();
  const full = (one: CheckerCase): CheckerResult => {
    let result = results.get(one);
    if (result === undefined) results.set(one, (result = checker.check(one.history(), {}, UNLIMITED)));
    return result;
  };
  describe(`${name} keeps the contract of checkers`, () => {
    test('it says what it is and describes every option', () => {
      expect(checker.name).toBe(name);
      expect(checker.summary.length).toBeGreaterThan(10);
      for (const [option, spec] of Object.entries(checker.options)) {
        expect(spec.summary.length, option).toBeGreaterThan(5);
        if (spec.choices !== undefined) expect(spec.choices, option).toContainEqual(spec.default);
      }
    });

    test('its defaults change nothing', () => {
      const defaults = Object.fromEntries(
        Object.entries(checker.options).map(([option, spec]) => [option, spec.default]),
      );
      for (const one of cases) expect(checker.check(one.history(), defaults, UNLIMITED)).toEqual(full(one));
    });

    /** One test over all cases: with hundreds of them for dozens of checkers, a test of each costs more than it tells. */
    const every = (title: string, holds: (one: CheckerCase) => void): void =>
      test(title, () => {
        for (const one of cases) {
          try {
            holds(one);
          } catch (error) {
            throw new Error(`${one.what}: ${(error as Error).message}`, { cause: error });
          }
        }
      });

    every('answers with plain data, the same each time', (one) => {
      const subject = one.history();
      const before = JSON.stringify(Object.values(subject.columns).map((column) => [...column]));
      const result = full(one);
      expect(VERDICTS).toContain(result.verdict);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      expect(structuredClone(result)).toEqual(result);
      expect(checker.check(subject, {}, UNLIMITED)).toEqual(result);
      expect(JSON.stringify(Object.values(subject.columns).map((column) => [...column]))).toBe(before);
    });

    every('failures are proved by operations of the history', (one) => {
      const subject = one.history();
      const result = full(one);
      if (result.verdict === 'fail') proves(checker, subject, result);
      else witnesses(checker, subject, result.anomalies);
      expect(result.anomalyCount ?? result.anomalies.length).toBeGreaterThanOrEqual(result.anomalies.length);
      if (result.verdict === 'unknown' || result.verdict === 'vacuous') expect(result.note).toBeTruthy();
      // Adya's names of isolation anomalies are written as in the literature: G1a, G-single-realtime.
      for (const { kind } of result.anomalies) expect(kind).toMatch(/^([a-z]+|G[0-9]?[a-z]?)(-[a-z]+)*$/);
    });

    every('without any budget it does not contradict itself', (one) => {
      const { verdict } = full(one);
      const cut = checker.check(one.history(), {}, SPENT).verdict;
      if (verdict === 'pass') expect(cut).not.toBe('fail');
      if (verdict === 'fail') expect(cut).not.toBe('pass');
    });
  });
}
