import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { setFull } from '../../checkers/set-full.ts';
import { historyOf } from '../../harness/history/builder.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json, Op, OpType, Phase } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

interface Line {
  process: number;
  type: OpType;
  f: string;
  value: Json;
  phase?: Phase;
}
const history = (lines: Line[]): History =>
  historyOf(lines.map((line, index): Op => ({ index, time: index * 1e6, node: 'n1', ...line })));
const add = (value: Json, type: OpType = 'ok', process = Number(value) + 100): Line[] => [
  { process, type: 'invoke', f: 'add', value },
  { process, type, f: 'add', value },
];
const read = (value: Json[], phase?: Phase): Line[] => {
  const extra = phase === undefined ? {} : { phase };
  return [
    { process: 0, type: 'invoke', f: 'read', value: null, ...extra },
    { process: 0, type: 'ok', f: 'read', value, ...extra },
  ];
};
const judge = (...lines: Line[][]) => setFull(history(lines.flat()));

describe('planted', () => {
  test('an element read before anybody added it fails; read while it was being added it does not', () => {
    const early = judge(add(1), read([1, 2]), add(2), read([1, 2]));
    expect(early.anomalies).toMatchObject([{ kind: 'phantom-element', ops: [2, 3, 4] }]);
    expect(early.anomalies[0]!.sentence).toBe(
      'A set holds what was added, but 2 was in the read of process 0 at n1 (0.002 s) before anybody added it.',
    );
    const [called, answered] = add(2);
    expect(judge(add(1), [called!], read([1, 2]), [answered!], read([1, 2])).verdict).toBe('pass');
  });

  test('an element added twice is known from the first answer on, whichever add it answers', () => {
    const [slow, late] = add(1, 'ok', 7);
    const twice = (missing: Json[]) =>
      setFull(history([[slow!], add(1, 'ok', 8), read(missing), read([1]), [late!]].flat()), {
        linearizable: true,
      });
    expect(twice([])).toMatchObject({ verdict: 'fail', anomalies: [{ kind: 'stale-read' }] });
    expect(twice([1]).verdict).toBe('pass');
  });

  test('what is missing while a limit leaves reads unjudged is not called lost: a later read may have it', () => {
    const late = history([add(1), read([]), read([1])].flat());
    for (let spends = 0; spends <= 8; spends++) {
      let left = spends;
      const budget = { reason: 'limit of this test', spend: () => left-- > 0 };
      expect(['unknown', 'pass']).toContain(setFull(late, {}, budget).verdict);
    }
    expect(setFull(late).verdict).toBe('pass');
  });

  test('a lost element fails, with the add, the last sight of it and the read that missed it', () => {
    const result = judge(add(1), add(2), read([1, 2]), read([2]));
    expect(result.verdict).toBe('fail');
    expect(result.anomalies[0]).toMatchObject({ kind: 'lost-element', ops: [0, 1, 4, 5, 6, 7] });
    expect(result.anomalies[0]!.sentence).toBe(
      'An acknowledged element must stay, but 1, known to be in the set at 0.001 s, was missing from the ' +
        'read of process 0 at n1 (0.006 s) and ever after.',
    );
    expect(judge(add(1), add(2), read([1, 2]), read([1, 2])).verdict).toBe('pass');
  });

  test('an element of unknown outcome may stay away, but not once it was seen', () => {
    expect(judge(add(1), add(2, 'info'), read([1]), read([1])).verdict).toBe('pass');
    expect(judge(add(1), add(2, 'info'), read([1]), read([1, 2])).stats['recovered']).toBe(1);
    expect(judge(add(1), add(2, 'info'), read([1, 2]), read([1])).verdict).toBe('fail');
  });

  test('phantoms, resurrected and duplicated elements fail', () => {
    expect(judge(add(1), read([1, 9])).anomalies[0]).toMatchObject({ kind: 'phantom-element' });
    expect(judge(add(1), add(2, 'fail'), read([1, 2])).anomalies[0]).toMatchObject({ kind: 'aborted-read' });
    expect(judge(add(1), read([1, 1])).anomalies[0]).toMatchObject({ kind: 'duplicated-element' });
    expect(judge(add(1), add(2, 'fail'), read([1])).verdict).toBe('pass');
  });

  test('a late element is stale: an error only where linearizability is promised', () => {
    const lines = [add(1), read([]), read([1])].flat();
    expect(setFull(history(lines))).toMatchObject({
      verdict: 'pass',
      stats: { stale: { count: 1, first: [1] } },
    });
    expect(setFull(history(lines), { linearizable: true }).anomalies[0]).toMatchObject({
      kind: 'stale-read',
    });
  });

  test('what only some final reads miss is late, what all miss is lost, what early reads miss is open', () => {
    expect(judge(add(1), read([1], 'final'), read([], 'final')).verdict).toBe('pass');
    expect(judge(add(1), read([1], 'load'), read([], 'final')).verdict).toBe('fail');
    const open = judge(add(1), read([1], 'load'), read([], 'load'));
    expect(open.verdict).toBe('unknown');
    expect(open.note).toContain('final reads would settle');
  });

  test('nothing acknowledged, or nothing read, is vacuous', () => {
    expect(judge(read([])).verdict).toBe('vacuous');
    expect(judge(add(1)).verdict).toBe('vacuous');
    expect(judge(read([]), add(1)).verdict).toBe('vacuous');
  });
});

/** Jepsen's definition: every element updated at every read. */
function naive(h: History): Map<number, string> {
  interface Element {
    known: number;
    present: number;
    absent: number;
  }
  const elements = new Map<number, Element>();
  for (let i = 0; i < h.length; i++) {
    const type = h.type(i);
    if (h.f(i) === 'add') {
      const value = h.value(i) as number;
      if (type === 'invoke') elements.set(value, { known: -1, present: -1, absent: -1 });
      else if (type === 'ok' && elements.get(value)!.known < 0) elements.get(value)!.known = i;
    } else if (type === 'ok') {
      const call = h.pair(i);
      for (const [value, element] of elements) {
        if ((h.value(i) as number[]).includes(value)) {
          if (element.known < 0) element.known = i;
          element.present = Math.max(element.present, call);
        } else {
          element.absent = Math.max(element.absent, call);
        }
      }
    }
  }
  const fates = new Map<number, string>();
  for (const [value, { known, present, absent }] of elements) {
    if (present >= 0 && absent < present) fates.set(value, absent > known ? 'stale' : 'stable');
    else if (known >= 0 && absent > present && known < absent) fates.set(value, 'lost');
    else fates.set(value, 'never');
  }
  return fates;
}

test('the streaming form agrees with the quadratic definition', () => {
  const choice = fc.record({ kind: fc.nat(99), pick: fc.nat(99), drop: fc.nat(99), keep: fc.nat(99) });
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(choice, { minLength: 8, maxLength: 40 }), (choices) => {
      const lines: Line[] = [];
      const open: Line[] = [];
      const members: number[] = [];
      let next = 0;
      let process = 0;
      for (const { kind, pick, drop, keep } of choices) {
        if (open.length < 5 && kind < 55) {
          const f = kind < 28 ? 'add' : 'read';
          const line: Line = { process: process++, type: 'invoke', f, value: f === 'add' ? next++ : null };
          if (f === 'add' && keep < 80) members.push(line.value as number);
          lines.push(line);
          open.push(line);
        } else if (open.length > 0) {
          const [line] = open.splice(pick % open.length, 1);
          const type: OpType = drop < 85 ? 'ok' : 'info';
          const value =
            line!.f === 'read' && type === 'ok'
              ? members.filter((m) => (m * 7 + drop + keep) % 10 > 0)
              : line!.value;
          lines.push({ ...line!, type, value });
        }
      }
      const h = history(lines);
      const result = setFull(h);
      const fates = naive(h);
      const count = (fate: string): number => [...fates.values()].filter((f) => f === fate).length;
      for (const fate of fates.values()) seen.set(fate, (seen.get(fate) ?? 0) + 1);
      expect(result.stats['lost']).toMatchObject({ count: count('lost') });
      expect(result.stats['stale']).toMatchObject({ count: count('stale') });
      expect(result.stats['stable']).toBe(count('stable') + count('stale'));
      expect(result.verdict === 'fail').toBe(count('lost') > 0);
    }),
    { numRuns: fuzzRuns(2000) },
  );
  expect(
    Math.min(...['lost', 'stale', 'stable', 'never'].map((fate) => seen.get(fate) ?? 0)),
  ).toBeGreaterThan(50);
});
