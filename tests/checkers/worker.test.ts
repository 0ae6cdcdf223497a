import { expect, test } from 'vitest';
import { CHECKERS } from '../../checkers/registry.ts';
import { checkerWorkerUrl } from '../../checkers/worker-url.ts';
import { historyOf } from '../../harness/history/builder.ts';
import { judge } from '../../harness/judge/judge.ts';
import type { Op } from '../../harness/op.ts';

test('every registered checker answers in a worker, under its own name', async () => {
  const ops: Op[] = [
    { index: 0, time: 0, process: 0, type: 'invoke', f: 'write', key: 1, value: 5 },
    { index: 1, time: 1, process: 0, type: 'ok', f: 'write', key: 1, value: 5 },
    { index: 2, time: 2, process: 0, type: 'invoke', f: 'read', key: 1, value: null },
    { index: 3, time: 3, process: 0, type: 'ok', f: 'read', key: 1, value: 6 },
  ];
  const specs = Object.keys(CHECKERS).map((name) => ({ name, options: {} }));
  const results = await judge({ history: historyOf(ops), specs, workerUrl: checkerWorkerUrl() });
  expect(Object.keys(results)).toEqual(Object.keys(CHECKERS));
  expect(results['linearizable']).toMatchObject({ verdict: 'fail', anomalies: [{ kind: 'garbage-read' }] });
  expect(results['stats']).toMatchObject({ verdict: 'pass', stats: { operations: 2 } });
  for (const [name, result] of Object.entries(results)) {
    expect(result.verdict, `${name}: ${result.note}`).not.toBe('broken');
    expect(CHECKERS[name as keyof typeof CHECKERS].name).toBe(name);
  }
});
