/**
 * How the work of every checker grows with the history: the least user CPU time of a few runs at sizes from 10,000
 * to 1,000,000, and the exponent of the power of n that fits them. Linear work is 1; more than 1.15 is too much.
 * CPU time counts all threads, those that collect garbage too; how long collection stopped the largest run is
 * stated behind it. Histories are as they come from a file: values are text until a checker asks for them, since a
 * million small arrays left over from making the history would cost the collector more than the checker itself.
 * `npm run bench -- checkers/scaling [checker or all] [largest] [smallest]`
 */

import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { cpuUsage } from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { UNLIMITED } from '../../checkers/contract.ts';
import { CHECKERS, type CheckerName } from '../../checkers/registry.ts';
import { History } from '../../harness/history/history.ts';
import { BIG } from '../../tests/kits/big-histories.ts';

const [only = 'all', largest = '1000000', smallest = '10000'] = process.argv.slice(2);
const sizes: number[] = [];
for (let n = Number(smallest); n < Number(largest) * 1.01; n = Math.round(n * Math.sqrt(10))) sizes.push(n);

/** Slope of the least-squares line through the logarithms. */
function exponent(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([n, ms]) => [Math.log(n), Math.log(ms)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

let pausesMs = 0;
const observer = new PerformanceObserver((list) => {
  for (const { duration, detail } of list.getEntries() as (PerformanceEntry & {
    detail: { flags: number };
  })[]) {
    if ((detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) === 0) pausesMs += duration;
  }
});
observer.observe({ entryTypes: ['gc'] });

for (const name of Object.keys(BIG) as CheckerName[]) {
  if (only !== 'all' && only !== name) continue;
  const { make, options = {} } = BIG[name]!;
  const points: [number, number][] = [];
  let said = '';
  let pauses = 0;
  for (const n of sizes) {
    const transfer = make(n).toTransfer();
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < (n > 200_000 ? 3 : 6); round++) {
      const history = History.fromTransfer(transfer);
      (globalThis as { gc?: () => void }).gc?.();
      await setImmediate();
      pausesMs = 0;
      const from = cpuUsage();
      const { verdict, note } = CHECKERS[name].check(history, options, UNLIMITED);
      const ms = cpuUsage(from).user / 1000;
      await setImmediate();
      if (ms < best) pauses = pausesMs;
      best = Math.min(best, ms);
      said = `${verdict}${note === undefined ? '' : `: ${note}`}`;
    }
    points.push([n, Math.max(best, 0.1)]);
  }
  const figures = points.map(([, ms]) => ms.toFixed(ms < 10 ? 1 : 0).padStart(7)).join('');
  const rss = Math.round(process.memoryUsage().rss / 1e6);
  process.stdout.write(
    `${name.padEnd(20)}${figures}  n^${exponent(points).toFixed(2)}  gc ${pauses.toFixed(0)} ms  rss ${rss} MB  ${said}\n`,
  );
}
observer.disconnect();
