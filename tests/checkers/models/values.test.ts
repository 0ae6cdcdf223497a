import { expect, test } from 'vitest';
import { linearizable } from '../../../checkers/linearizable/linearizable.ts';
import { listed, text } from '../../../checkers/models/values.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Op } from '../../../harness/op.ts';

test('long values are shortened in the middle where they are told, and only there', () => {
  expect(text(null)).toBe('nothing');
  expect(text('short')).toBe('"short"');
  const long = text(`begin${'x'.repeat(10_000)}end`);
  expect(long).toMatch(/^"beginx+\.\.\.x+end"$/);
  expect(long.length).toBeLessThan(170);
  expect(listed(['y'.repeat(10_000), 1]).length).toBeLessThan(180);
  // Two values that are told alike are still two values.
  const value = (middle: string): string => 'x'.repeat(1000) + middle + 'x'.repeat(1000);
  const op = (type: Op['type'], f: string, told: string | null, index: number): Op => {
    return { index, time: index, process: 0, type, f, value: told };
  };
  const calls = [
    op('invoke', 'write', value('a'), 0),
    op('ok', 'write', value('a'), 1),
    op('invoke', 'read', null, 2),
  ];
  const judged = (read: string) => linearizable(historyOf([...calls, op('ok', 'read', read, 3)]));
  expect(judged(value('a')).verdict).toBe('pass');
  expect(judged(value('b')).verdict).toBe('fail');
  expect(judged(value('b')).anomalies[0]!.sentence.length).toBeLessThan(500);
});
