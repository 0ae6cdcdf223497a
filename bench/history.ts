/**
 * How fast a history is journalled, read back, read from EDN, partitioned and handed to a worker.
 * `npm run bench -- history [operations]`
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatSize } from '../harness/config/units.ts';
import { writeHistory } from '../harness/history/export.ts';
import { History } from '../harness/history/history.ts';
import { JournalWriter } from '../harness/history/journal.ts';
import { readHistory } from '../harness/history/open.ts';
import { Seed } from '../harness/random.ts';
import { monotonicNs } from '../harness/time.ts';

const operations = Number(process.argv[2] ?? 1_000_000);
const processes = 50;
const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));

function report(what: string, ns: number, more = ''): void {
  const rss = formatSize(process.memoryUsage().rss);
  process.stdout.write(`${what.padEnd(34)} ${(ns / 1e9).toFixed(2).padStart(6)} s   rss ${rss}   ${more}\n`);
}

/** Register operations by 50 processes on 8 keys, journalled in batches of 16 as the interpreter does. */
function journal(path: string): void {
  const rng = Seed.of(1).rng();
  const open = new Array<number>(processes).fill(-1);
  const writer = new JournalWriter(path);
  for (let i = 0; i < operations; i++) {
    const process = rng.int(0, processes - 1);
    const asked = open[process]!;
    const common = { time: i * 1733, process, f: 'write', key: process % 8, node: `n${(process % 5) + 1}` };
    if (asked < 0) writer.append({ ...common, type: 'invoke', value: i, phase: 'load' });
    else writer.append({ ...common, type: 'ok', value: asked, phase: 'load' });
    open[process] = asked < 0 ? i : -1;
    if (i % 16 === 15) writer.flush();
  }
  writer.close();
}

async function timed<T>(what: string, work: () => T | Promise<T>, more?: (result: T) => string): Promise<T> {
  const from = monotonicNs();
  const result = await work();
  report(what, monotonicNs() - from, more?.(result));
  return result;
}

try {
  const jsonl = join(folder, 'history.jsonl');
  const edn = join(folder, 'history.edn');
  await timed(
    `journal ${operations} operations`,
    () => journal(jsonl),
    () => formatSize(statSync(jsonl).size),
  );
  const { history } = await timed('read JSONL', () => readHistory(jsonl));
  await timed('read JSONL again, warm', () => readHistory(jsonl));
  await timed(
    'partition by key',
    () => history.byKey(),
    ({ ids }) => `${ids.length} keys`,
  );
  const transfer = await timed('to transferable form', () => history.toTransfer());
  await timed('clone and open on the other side', () => History.fromTransfer(structuredClone(transfer)));
  await timed(
    'write EDN',
    () => writeHistory(history, edn, 'edn'),
    () => formatSize(statSync(edn).size),
  );
  await timed('read EDN', () => readHistory(edn));
} finally {
  rmSync(folder, { recursive: true });
}
