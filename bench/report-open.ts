/**
 * How fast a report opens and answers in a browser, against its budgets. Writes a run of many operations, opens it
 * in headless Chromium from disk, several times with a fresh page, and prints medians.
 * `npm run bench -- report-open [operations] [times]`; exit 1 when a budget is missed.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
  'pan, ms a frame': 16,
  'zoom, ms a frame': 16,
  'whole run, ms a frame': 16,
  'filter, ms': 50,
  'heap, MB': 250,
  'DOM nodes': 3000,
};

/** Time the page's own work takes in a frame after a key: from the frame's beginning to the last callback of it. */
const FRAMES = `(async () => {
  const frame = (key) => new Promise((done) => {
    document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    requestAnimationFrame((began) => requestAnimationFrame ? done(performance.now() - began) : 0);
  });
  const rest = () => new Promise((done) => setTimeout(done, 150));
  const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
  const many = async (keys) => { const all = []; for (const key of keys) all.push(await frame(key)); await rest(); return median(all); };
  document.getElementById('timeline').scrollIntoView({ behavior: 'instant' });
  await rest();
  const whole = await many(['0','0','0','0','0','0','0','0','0']);
  const zoom = await many(['+','+','+','+','+','+','-','-','-','-','-','-']);
  document.dispatchEvent(new KeyboardEvent('keydown', { key: '+', bubbles: true }));
  await rest();
  const pan = await many(['ArrowRight','ArrowRight','ArrowLeft','ArrowLeft','ArrowRight','ArrowLeft','ArrowRight','ArrowLeft']);
  document.dispatchEvent(new KeyboardEvent('keydown', { key: '0', bubbles: true }));
  await rest();
  const filter = document.getElementById('filter');
  const filters = [];
  for (const text of ['outcome:info', 'key:42', 'node:n3 latency:>5ms', 'f:write']) {
    filter.value = text;
    const from = performance.now();
    filter.dispatchEvent(new Event('input'));
    filters.push(performance.now() - from);
    await rest();
  }
  return JSON.stringify({ whole, zoom, pan, filter: median(filters) });
})()`;

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
      await browser.open(`file://${path}`, 'document.documentElement?.dataset.ready');
      await browser.until(`performance.getEntriesByType('navigation')[0].loadEventEnd > 0`);
      await browser.until(`performance.getEntriesByType('paint').length > 1`);
      const at = JSON.parse(await browser.value<string>(PAINTS)) as Record<string, number>;
      add('first paint, ms', at['paint']!);
      add('load event, ms', at['load']!);
      add('everything searchable, ms', at['ready']!);
      add('heap, MB', at['heap']!);
      add('DOM nodes', at['nodes']!);
      const frames = JSON.parse(await browser.value<string>(FRAMES)) as Record<string, number>;
      add('whole run, ms a frame', frames['whole']!);
      add('zoom, ms a frame', frames['zoom']!);
      add('pan, ms a frame', frames['pan']!);
      add('filter, ms', frames['filter']!);
    } finally {
      await browser.close();
    }
  }
  process.stdout.write(`${count(operations)} operations, median of ${times}\n`);
  for (const [name, values] of Object.entries(figures)) {
    values.sort((a, b) => a - b);
    const value = values[Math.floor(values.length / 2)]!;
    const budget = BUDGET[name]!;
    if (value > budget) process.exitCode = 1;
    const spread = values.length > 1 ? `   ${values[0]!.toFixed(1)} to ${values.at(-1)!.toFixed(1)}` : '';
    process.stdout.write(
      `${name.padEnd(27)} ${value.toFixed(1).padStart(8)}   budget ${String(budget).padStart(5)}   ${value > budget ? 'OVER' : 'ok'}${spread}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
