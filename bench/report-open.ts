/**
 * How fast a report opens and answers in a browser, against its budgets. Writes a run of many operations, opens it
 * in headless Chromium from disk, several times with a fresh page, and prints medians.
 * `npm run bench -- report-open [operations] [times]`; exit 1 when a budget is missed.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicNs } from '../harness/time.ts';
import { count } from '../reports/format.ts';
import { writeHtmlReport } from '../reports/html/build.ts';
import { Browser, CHROMIUM } from '../tests/e2e/browser.ts';
import { longHistory, longRun } from './report-run.ts';

const operations = Number(process.argv[2] ?? 1_000_000);
const times = Number(process.argv[3] ?? 5);

/** What must not be exceeded at a million operations; smaller runs are held to the same. */
const BUDGET: Readonly<Record<string, number>> = {
  'file, MB': Math.max(14, (operations / 1e6) * 10),
  'build, s': Math.max(5, (operations / 1e6) * 5),
  'first paint, ms': 200,
  'load event, ms': 600,
  'everything searchable, ms': 1000,
  'everything searchable, cpu ms': 1000,
  'pan, ms a frame': 16,
  'pan, cpu ms a frame': 16,
  'zoom, ms a frame': 16,
  'zoom, cpu ms a frame': 16,
  'whole run, ms a frame': 16,
  'whole run, cpu ms a frame': 16,
  'filter, ms': 50,
  'heap, MB': 250,
  'DOM nodes': 3000,
};

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

/** Processor time of the page's main thread so far, ms. */
async function mainThreadMs(browser: Browser): Promise<number> {
  const reply = (await browser.send('Performance.getMetrics')) as unknown as {
    result: { metrics: { name: string; value: number }[] };
  };
  return reply.result.metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000;
}

async function measureFrames(browser: Browser, add: (name: string, value: number) => void): Promise<void> {
  const rest = (): Promise<unknown> => browser.value('new Promise((done) => setTimeout(done, 400))');
  await browser.value(`document.getElementById('timeline').scrollIntoView({ behavior: 'instant' })`);
  await rest();
  for (const [name, before, keys] of [
    ['zoom', '0', ZOOM],
    ['pan', '+', PAN],
    ['whole run', '0', '0 0 0 0 0 0 0 0'],
  ] as const) {
    await browser.value(frames(before));
    await rest();
    const from = await mainThreadMs(browser);
    add(`${name}, ms a frame`, await browser.value<number>(frames(keys)));
    add(`${name}, cpu ms a frame`, ((await mainThreadMs(browser)) - from) / keys.split(' ').length);
    await rest();
  }
  const from = await mainThreadMs(browser);
  await browser.value(frames('0'));
  await rest();
  add('picture at rest, cpu ms', (await mainThreadMs(browser)) - from);
  add('filter, ms', await browser.value<number>(FILTER));
}

const PAINTS = `JSON.stringify({
  paint: performance.getEntriesByType('paint').find((e) => e.name === 'first-contentful-paint')?.startTime,
  load: performance.getEntriesByType('navigation')[0].loadEventEnd,
  ready: performance.getEntriesByName('faultline-loaded')[0].startTime,
  heap: performance.memory.usedJSHeapSize / 1e6,
  nodes: document.querySelectorAll('*').length,
})`;

const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
try {
  if (CHROMIUM === undefined) throw new Error('there is no Chromium here');
  const path = join(folder, 'report.html');
  const history = longHistory(operations);
  const from = monotonicNs();
  await writeHtmlReport(longRun(history), path);
  const figures: Record<string, number[]> = {};
  const add = (name: string, value: number): void => {
    (figures[name] ??= []).push(value);
  };
  add('file, MB', statSync(path).size / 1e6);
  add('build, s', (monotonicNs() - from) / 1e9);
  for (let time = 0; time < times; time++) {
    const browser = await Browser.launch();
    try {
      await browser.send('Performance.enable', { timeDomain: 'threadTicks' });
      await browser.open(`file://${path}`, 'document.documentElement?.dataset.ready');
      add('everything searchable, cpu ms', await mainThreadMs(browser));
      await browser.until(`performance.getEntriesByType('navigation')[0].loadEventEnd > 0`);
      await browser.until(`performance.getEntriesByType('paint').length > 1`);
      const at = JSON.parse(await browser.value<string>(PAINTS)) as Record<string, number>;
      add('first paint, ms', at['paint']!);
      add('load event, ms', at['load']!);
      add('everything searchable, ms', at['ready']!);
      add('heap, MB', at['heap']!);
      add('DOM nodes', at['nodes']!);
      await measureFrames(browser, add);
    } finally {
      await browser.close();
    }
  }
  process.stdout.write(
    `${count(operations)} operations, median of ${times}, load ${loadavg()[0]!.toFixed(1)}\n`,
  );
  for (const [name, values] of Object.entries(figures)) {
    values.sort((a, b) => a - b);
    const value = values[Math.floor(values.length / 2)]!;
    const budget = BUDGET[name] ?? Number.POSITIVE_INFINITY;
    if (value > budget) process.exitCode = 1;
    const spread = values.length > 1 ? `   ${values[0]!.toFixed(1)} to ${values.at(-1)!.toFixed(1)}` : '';
    process.stdout.write(
      `${name.padEnd(27)} ${value.toFixed(1).padStart(8)}   ${Number.isFinite(budget) ? `budget ${String(budget).padStart(5)}   ${value > budget ? 'OVER' : 'ok'}` : ''}${spread}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
