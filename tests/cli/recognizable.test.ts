import { expect, test } from 'vitest';
import { linearizable } from '../../checkers/linearizable/linearizable.ts';
import { suggestChecker } from '../../checkers/suggest.ts';
import { recognizable } from '../../cli/recognizable.ts';
import { script } from '../checkers/script.ts';

test('a read alone is followed by a write that began after everything, so that a register is seen', () => {
  const whole = script().run('write', 1).run('read', null, 'ok', 3).run('cas', [1, 2]).history();
  const part = whole.pick(Int32Array.of(2, 3));
  expect(suggestChecker(part)?.name).not.toBe('linearizable');
  const longer = recognizable(part, whole);
  expect(suggestChecker(longer)?.name).toBe('linearizable');
  expect([...longer.ops()].map(({ type, f }) => `${type} ${f}`)).toEqual([
    'invoke read',
    'ok read',
    'invoke write',
    'invoke cas',
  ]);
  expect(linearizable(longer)).toMatchObject({ verdict: 'fail', anomalyCount: 1 });
});

test('a part that is recognized by itself stays as it is', () => {
  const whole = script().run('write', 1).run('read', null, 'ok', 3).history();
  expect(recognizable(whole, whole)).toBe(whole);
});
