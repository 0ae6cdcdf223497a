/**
 * How long stored transaction histories take to judge, loading not counted: files named on the command line,
 * `wr-*` as registers with linearizable keys, all others as lists.
 * `npm run bench -- checkers/txn <files>`
 */
import { basename } from 'node:path';
import { listAppend } from '../../checkers/txn/list-append.ts';
import { rwRegister } from '../../checkers/txn/rw-register.ts';
import { readHistory } from '../../harness/history/open.ts';
import { monotonicNs } from '../../harness/time.ts';

const ROUNDS = 3;

async function main(): Promise<void> {
  for (const path of process.argv.slice(2)) {
    const name = basename(path);
    const { history } = await readHistory(path);
    const loaded = process.memoryUsage().rss;
    const times: number[] = [];
    let said = '';
    for (let round = 0; round < ROUNDS; round++) {
      const from = monotonicNs();
      const result = name.startsWith('wr')
        ? rwRegister(history, { linearizableKeys: true })
        : listAppend(history);
      times.push((monotonicNs() - from) / 1e6);
      said = `${result.verdict}, ${JSON.stringify(result.stats)}`;
    }
    const [first] = times;
    const median = [...times].sort((a, b) => a - b)[ROUNDS >> 1]!;
    const rss = Math.round(process.memoryUsage().rss / 1e6);
    process.stdout.write(
      `${name}: first ${first!.toFixed(0)} ms, median ${median.toFixed(0)} ms, rss ${rss} MB ` +
        `(${Math.round(loaded / 1e6)} MB after load), ${said}\n`,
    );
  }
}

await main();
