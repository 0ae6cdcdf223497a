/**
 * How fast a report of many operations is assembled and written, and how large it gets.
 * `npm run bench -- report [operations]` (beside the built application, which it inlines)
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistoryBuilder } from '../harness/history/builder.ts';
import { Seed } from '../harness/random.ts';
import { monotonicNs } from '../harness/time.ts';
import { assembleModel } from '../reports/assemble.ts';
import { bytes, count } from '../reports/format.ts';
import { writeHtmlReport } from '../reports/html/build.ts';

const operations = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));

/** Register operations by 40 processes in rounds, keys retired after 2,000 operations. */
function history() {
  const rng = Seed.of(1).rng();
  const builder = new HistoryBuilder();
  let time = 0;
  for (let i = 0; i < operations; i += 40) {
    const round = Array.from({ length: Math.min(40, operations - i) }, (_, process) => {
      const write = rng.chance(0.5);
      const key = Math.floor(i / 2000) * 20 + rng.int(0, 19);
      const node = `n${(process % 5) + 1}`;
      const value = write ? i + process : null;
      return { process, f: write ? 'write' : 'read', key, node, value, result: write ? value : i };
    });
    for (const [n, { result, ...op }] of [...round, ...round].entries()) {
      time += Math.ceil(rng.exponential(150_000));
      const half = n < round.length ? { type: 'invoke' as const } : { type: 'ok' as const, value: result };
      builder.add({ ...op, ...half, index: builder.length, time, phase: 'load' });
    }
  }
  return builder.build();
}

try {
  const made = history();
  const from = monotonicNs();
  const model = assembleModel({
    folder: '',
    run: { name: 'bench', nodes: ['n1', 'n2', 'n3', 'n4', 'n5'] },
    plan: { concurrency: 40 },
    verdict: { verdict: 'pass', sentence: 'a bench', checkers: {} },
    history: made,
    logs: [],
    problems: [],
  });
  const assembled = monotonicNs();
  const size = await writeHtmlReport(model, join(folder, 'report.html'));
  const written = monotonicNs();
  const line = [
    `${count(operations)} operations`,
    `assembled in ${((assembled - from) / 1e9).toFixed(2)} s`,
    `written in ${((written - assembled) / 1e9).toFixed(2)} s`,
    `${bytes(size)}, ${(size / operations).toFixed(1)} bytes per operation`,
    `rss ${bytes(process.memoryUsage().rss)}`,
  ];
  process.stdout.write(`${line.join('\n')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
