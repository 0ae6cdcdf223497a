import fc from 'fast-check';
import { expect, test } from 'vitest';
import { echo } from '../../checkers/echo.ts';
import { historyOf } from '../../harness/history/builder.ts';
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json, Op, OpType } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const echoed = (pairs: [Json, OpType, Json][]) =>
  historyOf(
    pairs.flatMap(([sent, type, got], i): Op[] => [
      { index: 2 * i, time: 2e6 * i, process: i, type: 'invoke', f: 'echo', value: sent },
      { index: 2 * i + 1, time: 2e6 * i + 1e6, process: i, type, f: 'echo', value: got },
    ]),
  );

test('a wrong echo fails and shows both values', () => {
  const result = echo(
    echoed([
      ['hi', 'ok', 'hi'],
      [{ a: 1 }, 'ok', { a: 2 }],
    ]),
  );
  expect(result).toMatchObject({ verdict: 'fail', stats: { acknowledged: 2, wrong: 1 } });
  expect(result.anomalies[0]).toMatchObject({ kind: 'wrong-echo', ops: [2, 3] });
  expect(result.anomalies[0]!.sentence).toContain('sent {"a":1} at 0.00 s and was given {"a":2}');
});

test('no acknowledged echo is vacuous', () => {
  expect(echo(echoed([['hi', 'info', null]])).verdict).toBe('vacuous');
});

test('it counts what a comparison of texts counts', () => {
  const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
  const pair = fc.tuple(json, fc.constantFrom<OpType>('ok', 'ok', 'fail'), json, fc.boolean());
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 12 }), (drawn) => {
      const pairs = drawn.map(([sent, type, got, right]): [Json, OpType, Json] => [
        sent,
        type,
        right ? sent : got,
      ]);
      const wrong = pairs.filter(
        ([a, type, b]) => type === 'ok' && canonicalJson(a) !== canonicalJson(b),
      ).length;
      expect(echo(echoed(pairs)).stats['wrong']).toBe(wrong);
    }),
    { numRuns: fuzzRuns(500) },
  );
});
