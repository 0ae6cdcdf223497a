import { expect, test } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import { type JudgeProgress, judge } from '../../../harness/judge/judge.ts';

const workerUrl = new URL('./rogue-worker.js', import.meta.url);
const history = historyOf([
  { index: 0, time: 10, process: 0, type: 'invoke', f: 'write', value: { deep: [1, 'two'] }, node: 'n1' },
  { index: 1, time: 20, process: 0, type: 'ok', f: 'write', value: 1 },
]);
const spec = (name: string) => ({ name, options: {} });

test('the history and the options arrive in the worker, and answers come back under their names', async () => {
  const progress: JudgeProgress[] = [];
  const results = await judge({
    history,
    specs: [{ name: 'good', options: { a: 1 } }, spec('good')],
    workerUrl,
    onProgress: (event) => progress.push(event),
  });
  expect(Object.keys(results)).toEqual(['good', 'good#2']);
  expect(results['good']).toMatchObject({
    verdict: 'pass',
    stats: { length: 2, value: { deep: [1, 'two'] }, options: { a: 1 } },
  });
  expect(results['good#2']!.millis).toBeGreaterThanOrEqual(0);
  expect(progress.filter((event) => event.kind === 'started')).toHaveLength(2);
  expect(progress.filter((event) => event.kind === 'finished')).toHaveLength(2);
});

test('a checker that throws is broken and says so; the next one in the lane still runs', async () => {
  const results = await judge({ history, specs: [spec('throws'), spec('good')], workerUrl, parallel: 1 });
  expect(results['throws']).toMatchObject({ verdict: 'broken' });
  expect(results['throws']!.note).toContain('no such luck');
  expect(results['good']!.verdict).toBe('pass');
});

test('an unknown checker is broken and the note lists those there are', async () => {
  const results = await judge({ history, specs: [spec('goood')], workerUrl });
  expect(results['goood']!.verdict).toBe('broken');
  expect(results['goood']!.note).toMatch(/no checker "goood".*deaf.*good/);
});

test('a budget ends in time', async () => {
  const { patient } = await judge({
    history,
    specs: [spec('patient')],
    workerUrl,
    limits: { timeoutMs: 700 },
  });
  expect(patient).toMatchObject({ verdict: 'unknown', note: 'time limit of 0.7 s' });
  expect(patient!.millis).toBeGreaterThanOrEqual(690);
});

test('a budget ends by memory held in typed arrays', async () => {
  const limits = { timeoutMs: 25_000, memoryMb: 128 };
  const { hoarder } = await judge({ history, specs: [spec('hoarder')], workerUrl, limits });
  expect(hoarder).toMatchObject({ verdict: 'unknown', note: 'memory limit of 128 MB' });
});

test('a checker deaf to its budget is ended after the grace and is unknown with its progress', async () => {
  const results = await judge({
    history,
    specs: [spec('deaf'), spec('good')],
    workerUrl,
    parallel: 1,
    limits: { timeoutMs: 300, graceMs: 200 },
  });
  expect(results['deaf']!.verdict).toBe('unknown');
  expect(results['deaf']!.note).toMatch(/time limit of 0.3 s after 77 steps/);
  expect(results['good']!.verdict).toBe('pass');
});

test('calling it off ends what has not answered, and keeps what has', async () => {
  const off = new AbortController();
  const results = await judge({
    history,
    specs: [spec('good'), spec('deaf'), spec('patient')],
    workerUrl,
    parallel: 1,
    signal: off.signal,
    onProgress: (progress) => {
      if (progress.kind === 'finished' && progress.checker === 'good') off.abort();
    },
  });
  expect(results['good']!.verdict).toBe('pass');
  expect(results['deaf']).toMatchObject({ verdict: 'unknown', note: expect.stringContaining('interrupt') });
  expect(results['patient']!.verdict).toBe('unknown');
});

test('a worker that dies of memory gives unknown naming the limit', async () => {
  const results = await judge({
    history,
    specs: [spec('glutton'), spec('good')],
    workerUrl,
    parallel: 1,
    limits: { memoryMb: 64 },
  });
  expect(results['glutton']!.verdict).toBe('unknown');
  expect(results['glutton']!.note).toMatch(/memory limit of 64 MB/);
  expect(results['good']!.verdict).toBe('pass');
});

test('a worker that exits, or does not start, is broken', async () => {
  const results = await judge({ history, specs: [spec('quits')], workerUrl });
  expect(results['quits']).toMatchObject({ verdict: 'broken' });
  const nowhere = await judge({ history, specs: [spec('good')], workerUrl: new URL('./no.js', workerUrl) });
  expect(nowhere['good']!.verdict).toBe('broken');
});
