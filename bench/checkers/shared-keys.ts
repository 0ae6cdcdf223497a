/**
 * What several workers gain on the keys of one history: the judge with one worker and with one per core, on
 * registers of unique values (the fast path) and on registers of few values (search).
 * `npm run bench -- checkers/shared-keys`, after `npm run build`
 */

import { availableParallelism, loadavg } from 'node:os';
import { pathToFileURL } from 'node:url';
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import { judge } from '../../harness/judge/judge.ts';
import { monotonicNs } from '../../harness/time.ts';
import { hardRegisters, registers } from '../../tests/kits/big-histories.ts';

const ROUNDS = 3;
const workerUrl = pathToFileURL('dist/checkers/worker.js');

const SHAPES: [string, CheckerOptions, () => History][] = [
  ['unique values, 100 keys, 100k', {}, () => registers(100_000, 100, 100)],
  ['unique values, 100 keys, 1M', {}, () => registers(1_000_000, 100, 100)],
  ['5 values, 100 keys, 1M', {}, () => hardRegisters(1_000_000, 100)],
  ['5 values, 24 keys, unknown writes', {}, () => hardRegisters(200_000, 24, false, 997)],
];

for (const [name, options, make] of SHAPES) {
  const history = make();
  const specs = [{ name: 'linearizable', options: { model: 'register', ...options } }];
  for (const parallel of [1, availableParallelism()]) {
    const runs: { wall: number; inside: number; cpu: number; said: string }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const cpu = process.cpuUsage();
      const from = monotonicNs();
      const { linearizable } = await judge({ history, specs, workerUrl, parallel });
      const { user, system } = process.cpuUsage(cpu);
      runs.push({
        wall: (monotonicNs() - from) / 1e6,
        inside: linearizable!.millis,
        cpu: (user + system) / 1e3,
        said: `${linearizable!.verdict}, ${String(linearizable!.stats['engine'])}`,
      });
    }
    const { wall, inside, cpu, said } = runs.sort((a, b) => a.inside - b.inside)[ROUNDS >> 1]!;
    const rss = Math.round(process.memoryUsage().rss / 1e6);
    process.stdout.write(
      `${name.padEnd(32)}${parallel} workers: check ${inside.toFixed(0).padStart(6)} ms, with hand-over ` +
        `${wall.toFixed(0).padStart(6)} ms, cpu ${cpu.toFixed(0).padStart(6)} ms, rss ${rss} MB, load ` +
        `${loadavg()[0]!.toFixed(1)}, ${said}\n`,
    );
  }
}
