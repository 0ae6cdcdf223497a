import { expect, test } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { faultsOfHistory } from '../../../reports/derive/faults.ts';

test('what the nemesis of another harness noted is no fault that failed', () => {
  const note = (f: string, value: Json): Op => ({
    index: 0,
    time: 1,
    process: 'nemesis',
    type: 'info',
    f,
    value,
  });
  const foreign = [note('start-partition', ['isolated', { n1: ['n2'] }]), note('kill', { n1: 'killed' })];
  expect(faultsOfHistory({}, historyOf(foreign))).toEqual([]);
  const own: Op = {
    ...note('inject-kill', { id: 'f1', fault: 'kill', nodes: ['n1'] }),
    process: 'nemesis:a',
  };
  expect(faultsOfHistory({}, historyOf([...foreign, own]))).toMatchObject([{ id: 'f1', state: 'failed' }]);
});
