import { expect, test } from 'vitest';
import { UNLIMITED } from '../../checkers/contract.ts';
import { logs } from '../../checkers/logs.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import { historyOf } from '../../harness/history/builder.ts';

test('a line that matched a crash pattern fails and is quoted', () => {
  const lines = [
    { node: 'n2', line: 17, text: 'panic: runtime error' },
    { node: 'n2', line: 18, text: `x${'y'.repeat(500)}` },
  ];
  const result = logs({ lines });
  expect(result).toMatchObject({ verdict: 'fail', anomalyCount: 2, stats: { perNode: { n2: 2 } } });
  expect(result.anomalies[0]!.sentence).toContain('n2 logged on line 17: panic: runtime error');
  expect(result.anomalies[1]!.sentence.length).toBeLessThan(330);
});

test('no line passes, and anything but lines is refused by name', () => {
  expect(CHECKERS.logs.check(historyOf([]), {}, UNLIMITED).verdict).toBe('pass');
  expect(() => logs({ lines: 'panic' })).toThrow(
    'option lines: expected a list of {node, line, text}, got "panic"',
  );
  expect(() => logs({ lines: [{ node: 'n1' }] })).toThrow(/option lines/);
});
