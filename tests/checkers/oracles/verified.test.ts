/**
 * What happens to a checker that is wrong: whatever it makes up is refuted by the oracle of its name, is not shown,
 * and turns a verdict that rests on nothing else into `unknown`.
 */
import { describe, expect, it } from 'vitest';
import type { Checker } from '../../../checkers/contract.ts';
import { UNLIMITED } from '../../../checkers/contract.ts';
import { ORACLES } from '../../../checkers/oracles/index.ts';
import { secondLook, verified } from '../../../checkers/oracles/verified.ts';
import { CHECKERS } from '../../../checkers/registry.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Anomaly } from '../../../harness/verdict.ts';
import { PIECES } from '../../museum/pieces/index.ts';
import { script } from '../script.ts';

const ALL: Readonly<Record<string, Checker>> = CHECKERS;
const CASES = PIECES.filter(({ checker }) => ORACLES[checker] !== undefined);

/** An anomaly over all of a history, or over some of it. */
const madeUp = (history: History, kind: string, ops?: number[]): Anomaly => ({
  kind,
  sentence: 'Made up.',
  certainty: 'proved',
  ops: ops ?? Array.from({ length: history.length }, (_, i) => i),
  steps: [],
});

/** A checker that finds these in every history. */
const liar = (name: string, anomalies: (history: History) => Anomaly[]): Checker =>
  verified(
    {
      ...ALL[name]!,
      check: (history) => {
        const found = anomalies(history);
        return { verdict: 'fail', anomalies: found, anomalyCount: found.length, stats: { looked: 1 } };
      },
    },
    ORACLES[name],
  );

describe('a wrong checker', () => {
  it.each(CASES.map((piece, n) => ({ ...piece, title: `${piece.checker}: ${piece.kind} (${n})` })))(
    '$title, made up of the nearest legal history, is refuted',
    ({ checker, kind, legal, legalOptions }) => {
      const result = liar(checker, (history) => [madeUp(history, kind)]).check(
        legal,
        legalOptions,
        UNLIMITED,
      );
      expect(result.verdict).toBe('unknown');
      expect(result.anomalies).toEqual([]);
      expect(result.stats).toEqual({ looked: 1, confirmed: 0, refuted: 1 });
      expect(result.note).toContain(`(${kind})`);
      expect(result.note).toMatch(/fault of the checker, please report it; .* would settle it/);
      // How many nodes lie is a question about the whole history.
      if (legal.length === 0 || legalOptions['max-faulty'] !== undefined) return;
      const alone = secondLook(legal, madeUp(legal, kind), ORACLES[checker]!, legalOptions, 0);
      expect(alone).toBe('refuted');
    },
  );

  it.each(CASES)('$checker: $kind keeps what is confirmed and drops the rest', (piece) => {
    const { checker, kind, wrong, options } = piece;
    const sound = ALL[checker]!.check(wrong, options, UNLIMITED);
    expect(sound.stats['confirmed']).toBe(sound.anomalies.length);
    expect(sound.stats['refuted']).toBeUndefined();
    const result = liar(checker, (history) => [madeUp(history, 'no-such-kind'), ...sound.anomalies]).check(
      wrong,
      options,
      UNLIMITED,
    );
    const unknown = ORACLES[checker]!.knows === undefined ? 0 : 1;
    expect(result.verdict).toBe('fail');
    expect(result.anomalies.map((anomaly) => anomaly.kind)).toContain(kind);
    expect(result.anomalies).toHaveLength(sound.anomalies.length + unknown);
    expect(result.anomalyCount).toBe(sound.anomalies.length + unknown);
  });
});

describe('a witness that leaves out what excuses it', () => {
  const history = script().run('add', 1).run('add', 2).run('read', null, 'ok', [1, 2]).history();
  const phantom = { ...madeUp(history, 'phantom-element', [4, 5]), detail: { element: 2 } };

  it('is refuted by operations of the same value elsewhere', () => {
    expect(secondLook(history, phantom, ORACLES['set-full']!, {}, 0)).toBe('refuted');
    const nobody = { ...phantom, detail: { element: 3 } };
    expect(secondLook(history, nobody, ORACLES['set-full']!, {}, 0)).toBe('refuted');
    const without = script().run('read', null, 'ok', [1, 2]).history();
    const real = { ...phantom, ops: [0, 1] };
    expect(secondLook(without, real, ORACLES['set-full']!, {}, 0)).toBe('confirmed');
  });
});

describe('what is too large', () => {
  it('is shown as it was found, and not counted as confirmed', () => {
    const s = script();
    for (let n = 0; n < 1600; n++) s.run('echo', n, 'ok', n === 1599 ? -1 : n);
    const history = s.history();
    const everything = liar('echo', (h) => [madeUp(h, 'wrong-echo')]).check(history, {}, UNLIMITED);
    expect(everything).toMatchObject({ verdict: 'fail', stats: { confirmed: 0 } });
    expect(ALL['echo']!.check(history, {}, UNLIMITED)).toMatchObject({
      verdict: 'fail',
      stats: { confirmed: 1 },
    });
    const little = liar('echo', (h) => [madeUp(h, 'wrong-echo', [0, 1])]).check(history, {}, UNLIMITED);
    expect(little).toMatchObject({ verdict: 'unknown', stats: { refuted: 1 } });
  });
});
