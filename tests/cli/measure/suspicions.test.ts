import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../cli/measure/lab.ts';
import { accuracy, accuracyFigures, detectionTimes } from '../../../cli/measure/suspicions.ts';

const MS = 1e6;

/** One round at a time: what each of n1, n2, n3 names; null: no answer. */
function round(atMs: number, named: (string | null)[]): Answer[] {
  return named.map((leader, i): Answer => {
    const node = `n${i + 1}`;
    const said =
      leader === null ? null : { leading: leader === node, leader: leader === 'none' ? null : leader };
    return { node, askedNs: atMs * MS, answeredNs: (atMs + 2) * MS, said };
  });
}

describe('detectionTimes', () => {
  it('lies between the last answer that named the dead node and the first that did not', () => {
    const rounds = [
      round(0, ['n3', 'n3', 'n3']),
      round(20, ['n3', 'n3']),
      round(40, ['none', 'n3']),
      round(60, ['n2', 'n2']),
    ];
    expect(detectionTimes(rounds, 'n3', 10 * MS)).toEqual(
      new Map([
        ['n1', { leastNs: 10 * MS, mostNs: 32 * MS }],
        ['n2', { leastNs: 30 * MS, mostNs: 52 * MS }],
      ]),
    );
  });

  it('leaves out who never noticed or never answered', () => {
    const rounds = [round(0, ['n3', null, 'n3']), round(20, ['n3', null])];
    expect(detectionTimes(rounds, 'n3', 10 * MS).size).toBe(0);
  });
});

describe('accuracy', () => {
  it('counts mistakes, how long they last and when they come again', () => {
    const rounds = [
      round(0, ['n3', 'n3', 'n3']),
      round(100, ['none', 'n3', 'n3']),
      round(200, ['n3', 'n3', 'n3']),
      round(400, ['none', 'n3', 'n3']),
    ];
    expect(accuracy(rounds, 'n3')).toEqual({
      watchedNs: 800 * MS,
      suspectedNs: 100 * MS,
      mistakes: 2,
      mistakeNs: [100 * MS],
      recurrenceNs: [300 * MS],
    });
    expect(accuracyFigures(accuracy(rounds, 'n3'))).toMatchObject({
      mistakes: 2,
      mistakesPerS: 2.5,
      meanMistakeMs: 100,
      meanGoodPeriodMs: 350,
      queryAccuracy: 0.875,
    });
  });

  it('follows a leader that all agree on, and knows nothing of who does not answer', () => {
    const rounds = [
      round(0, ['n3', 'n3', 'n3']),
      round(100, ['n2', 'n2', 'n2']),
      round(200, ['n2', 'n2', 'n2']),
      round(300, [null, 'n2', 'n2']),
      round(400, ['n2', 'n2', 'n2']),
    ];
    expect(accuracy(rounds, 'n3')).toMatchObject({ mistakes: 0, suspectedNs: 0, watchedNs: 500 * MS });
    expect(accuracyFigures(accuracy([], 'n3'))).toMatchObject({ watchedS: 0, queryAccuracy: null });
  });

  it('never suspects longer than it watches', () => {
    const names = fc.constantFrom('n1', 'n2', 'n3', 'none', null);
    fc.assert(
      fc.property(fc.array(fc.tuple(names, names, names), { maxLength: 20 }), (all) => {
        const found = accuracy(
          all.map((named, i) => round(i * 10, named)),
          'n3',
        );
        expect(found.suspectedNs).toBeLessThanOrEqual(found.watchedNs);
        expect(found.mistakeNs.length).toBeLessThanOrEqual(found.mistakes);
        expect(found.mistakeNs.every((ns) => ns >= 0)).toBe(true);
      }),
    );
  });
});
