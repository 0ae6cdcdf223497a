/**
 * How long stored list-append histories take to judge, loading not counted: files named on the command line.
 * `npx esbuild bench/checkers/txn.ts --bundle --platform=node --format=esm --outfile=/tmp/bench-txn.mjs &&
 * node /tmp/bench-txn.mjs <files>`
 */
import { basename } from 'node:path';
import { listAppend } from '../../checkers/txn/list-append.ts';
import { readHistory } from '../../harness/history/open.ts';
import { monotonicNs } from '../../harness/time.ts';

async function main(): Promise<void> {
  for (const path of process.argv.slice(2)) {
    const { history } = await readHistory(path);
    for (let round = 0; round < 3; round++) {
      const from = monotonicNs();
      const result = listAppend(history);
      const ms = ((monotonicNs() - from) / 1e6).toFixed(0);
      const rss = Math.round(process.memoryUsage().rss / 1e6);
      process.stdout.write(
        `${basename(path)}: ${result.verdict} in ${ms} ms, rss ${rss} MB ${result.note ?? ''}\n`,
      );
      if (round === 0)
        process.stdout.write(`${JSON.stringify(result.stats)}\n${result.anomalies[0]?.sentence ?? ''}\n`);
    }
  }
}

await main();
