import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uniqueIds } from '../../checkers/unique-ids.ts';
import { historyOf } from '../../harness/history/builder.ts';
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json, Op, OpType } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const generated = (answers: [OpType, Json][]) =>
  historyOf(
    answers.flatMap(([type, value], i): Op[] => [
      { index: 2 * i, time: 2e6 * i, process: i, type: 'invoke', f: 'generate', value: null, node: 'n1' },
      { index: 2 * i + 1, time: 2e6 * i + 1e6, process: i, type, f: 'generate', value },
    ]),
  );

test('equal ids fail however their keys are ordered, and both owners are named', () => {
  const result = uniqueIds(
    generated([
      ['ok', { a: 1, b: [2] }],
      ['ok', 3],
      ['ok', { b: [2], a: 1 }],
    ]),
  );
  expect(result.verdict).toBe('fail');
  expect(result.anomalies[0]).toMatchObject({ kind: 'duplicate-id', certainty: 'proved', ops: [0, 1, 4, 5] });
  expect(result.anomalies[0]!.sentence).toContain('process 0 at n1 at 0.00 s and to process 2 at n1');
});

test('1 and "1" differ, failures do not count, and no id at all is vacuous', () => {
  expect(
    uniqueIds(
      generated([
        ['ok', 1],
        ['ok', '1'],
        ['fail', 1],
        ['info', 1],
      ]),
    ).verdict,
  ).toBe('pass');
  expect(uniqueIds(generated([['fail', 1]])).verdict).toBe('vacuous');
  expect(uniqueIds(generated([])).verdict).toBe('vacuous');
});

test('it counts what a comparison of all pairs counts', () => {
  const answer = fc.tuple(
    fc.constantFrom<OpType>('ok', 'ok', 'fail', 'info'),
    fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>,
  );
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 20 }), (answers) => {
      const ok = answers.filter(([type]) => type === 'ok').map(([, value]) => canonicalJson(value));
      const duplicates = ok.length - new Set(ok).size;
      const result = uniqueIds(generated(answers));
      expect(result.stats['duplicates']).toBe(duplicates);
      expect(result.verdict).toBe(duplicates > 0 ? 'fail' : ok.length > 0 ? 'pass' : 'vacuous');
    }),
    { numRuns: fuzzRuns(500) },
  );
});
