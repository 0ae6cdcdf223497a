/**
 * Checkers and their oracles, which share no code, say the same of thousands of histories around the museum: what
 * a checker finds its oracle confirms, on the witness and on the whole history, and what it passes breaks nothing.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Checker, UNLIMITED } from '../../../checkers/contract.ts';
import { ORACLES } from '../../../checkers/oracles/index.ts';
import { plainOps } from '../../../checkers/oracles/plain.ts';
import { secondLook } from '../../../checkers/oracles/verified.ts';
import { CHECKERS } from '../../../checkers/registry.ts';
import type { History } from '../../../harness/history/history.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { dice, fewDice } from '../script.ts';
import { crowd, mutant } from './mutants.ts';
import { subjectsOf } from './subjects.ts';

const ALL: Readonly<Record<string, Checker>> = CHECKERS;

const everything = (history: History) =>
  plainOps(
    history,
    Array.from({ length: history.length }, (_, i) => i),
  );

describe.each(Object.keys(ORACLES))('%s', (name) => {
  const subjects = subjectsOf(name);
  const oracle = ORACLES[name]!;

  it('is confirmed over the museum, on the witness alone too', () => {
    expect(subjects.length).toBeGreaterThan(0);
    for (const { history, options: given } of subjects) {
      const { anomalies, stats } = ALL[name]!.check(history, given, UNLIMITED);
      const options = oracle.promised?.(given, stats) ?? given;
      for (const anomaly of anomalies) {
        if (oracle.knows !== undefined && !oracle.knows.includes(anomaly.kind)) continue;
        expect(secondLook(history, anomaly, oracle, options)).toBe('confirmed');
        if (anomaly.ops.length > 0) {
          expect(secondLook(history, anomaly, oracle, options, 0), anomaly.sentence).toBe('confirmed');
        }
      }
    }
  });

  it('agrees with its oracle', () => {
    const seen = { pass: 0, fail: 0 };
    fc.assert(
      fc.property(dice(30, 60), fewDice(), (d, few) => {
        const [first, second] = [d.pick(subjects), d.pick(subjects)];
        const { options: given } = first;
        const history = mutant(few, first.history, second.history);
        const result = ALL[name]!.check(history, given, UNLIMITED);
        const options = oracle.promised?.(given, result.stats) ?? given;
        const story = () =>
          `${JSON.stringify(options)}\n${Array.from({ length: history.length }, (_, i) => JSON.stringify(history.op(i))).join('\n')}`;
        expect(result.stats['refuted'], story()).toBeUndefined();
        if (result.verdict === 'fail') seen.fail++;
        for (const anomaly of result.anomalies) {
          if (anomaly.certainty !== 'proved' || anomaly.ops.length === 0) continue;
          const alone = secondLook(history, anomaly, oracle, options, 0);
          expect(alone, `${anomaly.sentence}\n${anomaly.ops}\n${story()}`).not.toBe('refuted');
        }
        if (result.verdict !== 'pass') return;
        seen.pass++;
        const charges = oracle.charges(everything(history), options, false) ?? [];
        expect(
          charges.filter(({ kind }) => oracle.knows?.includes(kind) ?? true),
          story(),
        ).toEqual([]);
      }),
      { numRuns: fuzzRuns(300) },
    );
    expect(seen.fail).toBeGreaterThan(10);
  }, 600_000);

  it('is confirmed in the middle of much else', () => {
    fc.assert(
      fc.property(dice(60, 60), fewDice(), (d, few) => {
        const first = d.pick(subjects);
        const many = Array.from({ length: 3 + d.roll(20) }, () => d.pick(subjects).history);
        const history = crowd(few, [first.history, ...many]);
        const result = ALL[name]!.check(history, first.options, UNLIMITED);
        const options = oracle.promised?.(first.options, result.stats) ?? first.options;
        expect(result.stats['refuted']).toBeUndefined();
        for (const anomaly of result.anomalies) {
          if (anomaly.certainty !== 'proved' || anomaly.ops.length === 0) continue;
          const look = secondLook(history, anomaly, oracle, options, 0);
          const ops = plainOps(history, anomaly.ops).map((op) =>
            JSON.stringify([history.op(op.at), op.lone ? 0 : history.op(op.end)]),
          );
          expect(look, `${anomaly.kind} ${anomaly.sentence}\n${ops.join('\n')}`).not.toBe('refuted');
        }
      }),
      { numRuns: Math.min(fuzzRuns(60), 1000) },
    );
  }, 600_000);
});
