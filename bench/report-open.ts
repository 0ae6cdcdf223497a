/**
 * How a report is built, opens and answers in a browser, against its budgets. Builds a run of many operations in a
 * process of its own, opens it from disk in Chromium, each time in a fresh page, and prints medians beside the
 * processor time that belongs to them: on a machine that does other things only that is the report's own.
 * `npm run bench -- report-open [operations] [times]`; exit 1 when a budget is missed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { monotonicNs } from '../harness/time.ts';
import { count } from '../reports/format.ts';
import { writeHtmlReport } from '../reports/html/build.ts';
import { bundledScript } from '../reports/html/bundled.ts';
import { CHUNK_ROWS, encodeRows } from '../reports/html/codec.ts';
import { rowsOf } from '../reports/html/rows.ts';
import { type Browser, NO_BROWSER, openTab, type Page, startBrowser } from '../tests/e2e/browser.ts';
import { firstPaintCpuMs } from './first-paint.ts';
import { longHistory, longRun } from './report-run.ts';

/** What must not be exceeded at a million operations; smaller runs are held to the same, larger ones in proportion. */
function budgets(operations: number): Readonly<Record<string, number>> {
  const millions = Math.max(1, operations / 1e6);
  return {
    'file, MB': Math.min(30, 14 * millions),
    'file of 100 000, MB': 1.5,
    'data, bytes an operation': 10,
    'application, kB': 150,
    'build, s': 5 * millions,
    'build, MB at most': 300 * millions,
    'first paint, ms': 200,
    'verdict and overview, ms': 300,
    'load event, ms': 600,
    'everything searchable, ms': 1000,
    'pan, ms a frame': 16,
    'zoom, ms a frame': 16,
    'whole run, ms a frame': 16,
    'filter, ms': 50,
    'heap, MB': 250,
    'DOM nodes': 3000,
  };
}

/** Presses keys, one a frame; resolves with the median time from a frame's beginning to the end of its callbacks. */
const frames = (keys: string): string => `(async () => {
  const frame = (key) => new Promise((done) => {
    document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    requestAnimationFrame((began) => done(performance.now() - began));
  });
  const all = [];
  for (const key of ${JSON.stringify(keys.split(' '))}) all.push(await frame(key));
  return all.sort((a, b) => a - b)[Math.floor(all.length / 2)];
})()`;

const ZOOM = '+ + + + + + - - - - - -';
const PAN = 'ArrowRight ArrowRight ArrowLeft ArrowLeft ArrowRight ArrowLeft ArrowRight ArrowLeft';
const REST = 'new Promise((done) => setTimeout(done, 400))';

const FILTER = `(async () => {
  const filter = document.getElementById('filter');
  const all = [];
  for (const text of ['outcome:info', 'key:42', 'node:n3 latency:>5ms', 'f:write']) {
    filter.value = text;
    const from = performance.now();
    filter.dispatchEvent(new Event('input'));
    all.push(performance.now() - from);
    await new Promise((done) => setTimeout(done, 200));
  }
  return all.sort((a, b) => a - b)[2];
})()`;

const OPENED = `(() => {
  const at = (name) => performance.getEntriesByName(name)[0]?.startTime;
  const { loadEventEnd } = performance.getEntriesByType('navigation')[0];
  const all = [at('first-contentful-paint'), at('faultline-overview'), loadEventEnd, at('faultline-loaded')];
  if (document.documentElement.dataset.ready === undefined || all.some((one) => !(one > 0))) return null;
  return [...all, performance.memory.usedJSHeapSize / 1e6, document.querySelectorAll('*').length];
})()`;

type Add = (name: string, value: number) => void;

/** One opening of the file, and what the page then does. */
async function measureOpening(browser: Browser, url: string, add: Add): Promise<void> {
  const { page } = await openTab(browser);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busyMs = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000;
  };
  await page.goto(url);
  let opened: number[] | null = null;
  while (opened === null) {
    await page.waitForTimeout(50);
    opened = (await page.evaluate(OPENED)) as number[] | null;
  }
  add('everything searchable, cpu ms', await busyMs());
  for (const [i, name] of [
    'first paint, ms',
    'verdict and overview, ms',
    'load event, ms',
    'everything searchable, ms',
    'heap, MB',
    'DOM nodes',
  ].entries())
    add(name, opened[i]!);
  await measureFrames(page, busyMs, add);
  await page.context().close();
}

async function measureFrames(page: Page, busyMs: () => Promise<number>, add: Add): Promise<void> {
  await page.evaluate(`document.getElementById('timeline').scrollIntoView({ behavior: 'instant' })`);
  await page.evaluate(REST);
  for (const [name, before, keys] of [
    ['zoom', '0', ZOOM],
    ['pan', '+', PAN],
    ['whole run', '0', '0 0 0 0 0 0 0 0'],
  ] as const) {
    await page.evaluate(frames(before));
    await page.evaluate(REST);
    const from = await busyMs();
    add(`${name}, ms a frame`, (await page.evaluate(frames(keys))) as number);
    add(`${name}, cpu ms a frame`, ((await busyMs()) - from) / keys.split(' ').length);
    await page.evaluate(REST);
  }
  add('filter, ms', (await page.evaluate(FILTER)) as number);
}

/** What the file is made of. */
function measureFile(operations: number, path: string, add: Add): void {
  add('file, MB', statSync(path).size / 1e6);
  add('application, kB', bundledScript('reports/html/app.js').length / 1000);
  const rows = rowsOf(longHistory(Math.min(operations, CHUNK_ROWS)), new Set());
  const data = deflateRawSync(encodeRows(rows.columns, 0, rows.count), { level: 6 }).length;
  add('data, bytes an operation', data / Math.max(1, rows.count));
}

/** Builds in a process of its own, whose peak of memory, the history included, is then that of building. */
function buildElsewhere(operations: number, path: string, add: Add): void {
  const words = ['--expose-gc', process.argv[1]!, '--build', String(operations), path];
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`building failed: ${stderr}`);
  for (const [name, value] of Object.entries(JSON.parse(stdout) as Record<string, number>)) add(name, value);
}

async function build(operations: number, path: string): Promise<void> {
  const history = longHistory(operations);
  (globalThis as { gc?: () => void }).gc?.();
  const cpu = process.cpuUsage();
  const from = monotonicNs();
  await writeHtmlReport(longRun(history), path);
  const seconds = (monotonicNs() - from) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  const figures = {
    'build, s': seconds,
    'build, cpu s': (user + system) / 1e6,
    'build, MB at most': (process.resourceUsage().maxRSS * 1024) / 1e6,
  };
  process.stdout.write(JSON.stringify(figures));
}

function print(operations: number, times: number, figures: Readonly<Record<string, number[]>>): void {
  const load = loadavg()[0]!.toFixed(1);
  process.stdout.write(`${count(operations)} operations, median of ${times} openings, load ${load}\n`);
  const budget = budgets(operations);
  for (const [name, values] of Object.entries(figures)) {
    values.sort((a, b) => a - b);
    const value = values[Math.floor(values.length / 2)]!;
    const most = budget[name];
    if (most !== undefined && value > most) process.exitCode = 1;
    const held =
      most === undefined ? '' : `budget ${String(most).padStart(5)}   ${value > most ? 'MISSED' : 'met'}`;
    const spread = values.length > 1 ? `   ${values[0]!.toFixed(1)} to ${values.at(-1)!.toFixed(1)}` : '';
    process.stdout.write(`${name.padEnd(30)} ${value.toFixed(1).padStart(8)}   ${held}${spread}\n`);
  }
}

async function main(operations: number, times: number): Promise<void> {
  if (NO_BROWSER !== null) throw new Error(NO_BROWSER);
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  const figures: Record<string, number[]> = {};
  const add: Add = (name, value) => {
    (figures[name] ??= []).push(value);
  };
  const browser = await startBrowser(['--enable-precise-memory-info']);
  try {
    const path = join(folder, 'report.html');
    buildElsewhere(operations, path, add);
    measureFile(operations, path, add);
    await writeHtmlReport(longRun(longHistory(100_000)), join(folder, 'small.html'));
    add('file of 100 000, MB', statSync(join(folder, 'small.html')).size / 1e6);
    // The first page of a browser starts what all of its pages share.
    await measureOpening(browser, `file://${join(folder, 'small.html')}`, () => undefined);
    for (let time = 0; time < times; time++) {
      await measureOpening(browser, `file://${path}`, add);
      add('first paint, cpu ms', await firstPaintCpuMs(browser, `file://${path}`));
    }
    print(operations, times, figures);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
if (words[0] === '--build') await build(Number(words[1]), words[2]!);
else await main(Number(words[0] ?? 1_000_000), Number(words[1] ?? 5));
