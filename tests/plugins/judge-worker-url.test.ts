/**
 * Workers load checkers of the user's own where there are some, and only there.
 */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { historyOf } from '../../harness/history/builder.ts';
import { judge } from '../../harness/judge/judge.ts';
import { judgeWorkerUrl } from '../../plugins/judge-worker-url.ts';
import { registerPlugin } from '../../plugins/registered.ts';

it('judges with a checker of a module in a worker', async () => {
  expect(judgeWorkerUrl().pathname).toMatch(/checkers\/worker\.js$/);
  await registerPlugin(fileURLToPath(new URL('../fixtures/plugins/adds.ts', import.meta.url)), 'adds.ts');
  const workerUrl = judgeWorkerUrl();
  expect(workerUrl.pathname).toMatch(/plugins\/judge-worker\.js$/);
  const history = historyOf([
    { index: 0, time: 0, process: 0, type: 'invoke', f: 'read', value: null },
    { index: 1, time: 1, process: 0, type: 'ok', f: 'read', value: [13] },
  ]);
  const specs = [
    { name: 'thirteen', options: {} },
    { name: 'stats', options: {} },
  ];
  const judged = await judge({ history, specs, workerUrl });
  expect(Object.values(judged).map(({ verdict }) => verdict)).toEqual(['fail', 'pass']);
});
