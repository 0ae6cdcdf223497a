/**
 * How fast a report of many operations is assembled and written, and how large it gets.
 * `npm run bench -- report [operations] [characters of a value] [file to keep]` (beside the built application, which it
 * inlines); `report 500000 200` is a run of which a page can hold a sample only.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicNs } from '../harness/time.ts';
import { bytes, count } from '../reports/format.ts';
import { writeHtmlReport } from '../reports/html/build.ts';
import { longHistory, longRun } from './report-run.ts';

const operations = Number(process.argv[2] ?? 1_000_000);
const characters = Number(process.argv[3] ?? 0);
const keep = process.argv[4];
const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
const gc = (globalThis as { gc?: () => void }).gc;

try {
  const history = longHistory(operations, characters);
  gc?.();
  const before = process.memoryUsage().rss;
  const cpu = process.cpuUsage();
  const from = monotonicNs();
  const model = longRun(history);
  const assembled = monotonicNs();
  const size = await writeHtmlReport(model, keep ?? join(folder, 'report.html'));
  const written = monotonicNs();
  const { user, system } = process.cpuUsage(cpu);
  const peak = process.resourceUsage().maxRSS * 1024;
  const line = [
    `${count(operations)} operations`,
    `assembled in ${((assembled - from) / 1e9).toFixed(2)} s`,
    `written in ${((written - assembled) / 1e9).toFixed(2)} s`,
    `cpu ${((user + system) / 1e6).toFixed(2)} s`,
    `${bytes(size)}, ${(size / Math.max(1, operations)).toFixed(1)} bytes per operation`,
    `rss ${bytes(before)} with the history in memory, ${bytes(peak)} at most (making the history included)`,
  ];
  process.stdout.write(`${line.join('\n')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
