import { expect, test } from 'vitest';
import { actor, happened, instanceId, namesOption } from '../../../checkers/byzantine/statements.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import { NONE } from '../../../harness/history/history.ts';
import { script } from '../script.ts';

test('only acknowledgements and noted events are sure to have happened', () => {
  const s = script().run('say', 1).run('say', 1, 'info').run('say', 1, 'fail');
  const h = s.history();
  expect([0, 1, 2, 3, 4, 5].map((i) => happened(h, i))).toEqual([false, true, false, false, false, false]);
  const event = historyOf([
    { index: 0, time: 0, process: 'observer:n1', type: 'info', f: 'decide', value: 1, node: 'n1' },
  ]);
  expect(happened(event, 0)).toBe(true);
});

test('an actor is a node, else a process; the instance is the key of either half', () => {
  const h = script().run('say', 1, 'ok', 1, { node: 'n2', key: 'a' }).run('say', 1, 'ok', 1, { process: 7 });
  const history = h.history();
  expect([1, 3].map((i) => actor(history, i))).toEqual(['n2', 'process 7']);
  expect(history.values.get(instanceId(history, 1))).toBe('a');
  expect(instanceId(history, 3)).toBe(NONE);
});

test('names are a list of texts', () => {
  expect([...namesOption({ faulty: ['a', 'b', 'a'] }, 'faulty')]).toEqual(['a', 'b']);
  expect(namesOption({ faulty: null }, 'faulty').size).toBe(0);
  expect(() => namesOption({ faulty: 'a' }, 'faulty')).toThrow('option faulty: expected a list of names');
  expect(() => namesOption({ faulty: [1] }, 'faulty')).toThrow('got [1]');
});
