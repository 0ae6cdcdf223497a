/**
 * How the time of every checker grows with the history: the least of a few runs at sizes that double, and the
 * exponent of the power of n that fits them. Linear work is 1; more than 1.15 is too much.
 * `npm run bench -- checkers/scaling [checker or all] [largest] [smallest]`
 */

import { UNLIMITED } from '../../checkers/contract.ts';
import { CHECKERS, type CheckerName } from '../../checkers/registry.ts';
import { monotonicNs } from '../../harness/time.ts';
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

for (const name of Object.keys(BIG) as CheckerName[]) {
  if (only !== 'all' && only !== name) continue;
  const { make, options = {} } = BIG[name]!;
  const points: [number, number][] = [];
  let said = '';
  for (const n of sizes) {
    const history = make(n);
    (globalThis as { gc?: () => void }).gc?.();
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < (n > 200_000 ? 2 : 4); round++) {
      const from = monotonicNs();
      const { verdict, note } = CHECKERS[name].check(history, options, UNLIMITED);
      best = Math.min(best, (monotonicNs() - from) / 1e6);
      said = `${verdict}${note === undefined ? '' : `: ${note}`}`;
    }
    points.push([n, best]);
  }
  const figures = points.map(([, ms]) => ms.toFixed(ms < 10 ? 1 : 0).padStart(7)).join('');
  const rss = Math.round(process.memoryUsage().rss / 1e6);
  process.stdout.write(
    `${name.padEnd(20)}${figures}  n^${exponent(points).toFixed(2)}  rss ${rss} MB  ${said}\n`,
  );
}
