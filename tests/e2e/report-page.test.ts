import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyOf } from '../../harness/history/builder.ts';
import { assembleModel } from '../../reports/assemble.ts';
import { writeHtmlReport } from '../../reports/html/build.ts';
import type { ReportModel } from '../../reports/model.ts';
import { bulkOps, bullyModel, registerModel } from '../reports/fixtures.ts';
import { Browser, CHROMIUM } from './browser.ts';

const READY = 'document.documentElement?.dataset.ready';
const NOTE = `document.getElementById('filter-note').textContent`;
const HASH = 'location.hash';

// Needs a browser on this machine; where there is none, the page's markup is still tested without one.
describe.skipIf(CHROMIUM === undefined)('report.html in a browser', () => {
  let dir: string;
  let browser: Browser;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'faultline-page-'));
    browser = await Browser.launch();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function open(model: ReportModel, hash = ''): Promise<void> {
    const file = join(dir, 'report.html');
    await writeHtmlReport(model, file);
    await browser.open(`file://${file}${hash}`, READY);
  }

  it('reads its operations under its own security policy, without a complaint', async () => {
    await open(registerModel());
    await browser.until(`${NOTE} === '7 049 of 7 049 shown'`);
    expect(await browser.value(`document.querySelectorAll('script.rows').length`)).toBe(0);
    expect(await browser.value(`document.querySelectorAll('.op-row').length`)).toBeLessThan(60);
    expect(await browser.value(`document.querySelectorAll('*').length`)).toBeLessThan(3000);
    expect(browser.problems).toEqual([]);
  });

  it('opens the operation and the filter of its address', async () => {
    await open(bullyModel(), '#op=768&filter=node%3An2');
    await browser.until(`/Operation 768: command/.test(document.getElementById('details').textContent)`);
    await browser.until(`/^\\d+ of /.test(${NOTE})`);
    expect(await browser.value(`document.getElementById('filter').value`)).toBe('node:n2');
    expect(await browser.value(`document.getElementById('details').textContent`)).toContain(
      'Part of split-brain',
    );
  });

  it('answers to its keys: anomalies, faults, zoom, the whole run, theme, help', async () => {
    await open(bullyModel());
    await browser.press('j');
    await browser.until(`${HASH}.includes('op=')`);
    const first = await browser.value<string>(HASH);
    await browser.press('j');
    await browser.until(`${HASH} !== ${JSON.stringify(first)}`);
    await browser.press('k');
    await browser.until(`${HASH} === ${JSON.stringify(first)}`);
    await browser.press('Escape');
    await browser.until(`!${HASH}.includes('op=')`);
    await browser.press(']');
    await browser.until(`${HASH} !== ${JSON.stringify(first)} && ${HASH}.includes('t=')`);
    const fault = await browser.value<string>(HASH);
    await browser.press('+');
    await browser.until(`${HASH} !== ${JSON.stringify(fault)}`);
    await browser.press('0');
    await browser.until(`!${HASH}.includes('t=')`);
    await browser.press('t');
    await browser.until(`document.documentElement.dataset.theme === 'dark'`);
    await browser.press('t');
    await browser.press('?');
    await browser.until(`document.getElementById('help').open`);
    expect(browser.problems).toEqual([]);
  });

  it('filters as it is typed, and points at what is wrong', async () => {
    await open(registerModel());
    await browser.press('/');
    await browser.until(`document.activeElement.id === 'filter'`);
    for (const key of 'outcome:info') await browser.press(key);
    await browser.until(`${NOTE} === '8 of 7 049 shown'`);
    for (const key of ' kee:1') await browser.press(key);
    // A caret stands under the character that is wrong.
    const wrong = `document.getElementById('filter-error').textContent`;
    await browser.until(`${wrong}.includes('^ column 14: unknown field')`);
    expect((await browser.value<string>(wrong)).split('\n')[1]!.indexOf('^')).toBe(13);
    expect(await browser.value(`document.getElementById('filter').getAttribute('aria-invalid')`)).toBe(
      'true',
    );
  });

  it('shows the stretch that is brushed, pans when dragged, selects when clicked', async () => {
    await open(registerModel());
    await browser.value(`document.getElementById('timeline').scrollIntoView({ behavior: 'instant' })`);
    const top = async (id: string): Promise<number> =>
      browser.value(`document.getElementById('${id}').getBoundingClientRect().top`);
    await browser.drag(500, (await top('strip')) + 20, 560, (await top('strip')) + 20);
    await browser.until(`${HASH}.includes('t=')`);
    const brushed = await browser.value<string>(HASH);
    await browser.drag(700, (await top('lanes')) + 60, 760, (await top('lanes')) + 60);
    await browser.until(`${HASH} !== ${JSON.stringify(brushed)}`);
    await browser.until(`document.querySelector('.op-row')`);
    await browser.value(`document.querySelector('.op-row').click()`);
    await browser.until(`!document.getElementById('details').hidden`);
    expect(browser.problems).toEqual([]);
  });

  it('keeps hostile values as text', async () => {
    const evil = '</script><img src=x onerror="document.title=1">';
    const lines = [...bulkOps(50)].map((op) => ({ ...op, key: evil, node: evil, value: evil, f: evil }));
    const model = assembleModel({
      folder: 'x/y',
      run: { name: evil },
      verdict: { verdict: 'pass', sentence: evil, checkers: {} },
      history: historyOf(lines),
      logs: [],
      problems: [],
    });
    await open(model, '#op=0&rows=key');
    await browser.until(`document.getElementById('details').textContent.includes('<img src=x')`);
    expect(await browser.value(`document.querySelectorAll('img').length`)).toBe(0);
    expect(browser.problems).toEqual([]);
  });

  it('opens a run without operations', async () => {
    await open(assembleModel({ folder: '', history: historyOf([]), logs: [], problems: ['no run.json'] }));
    await browser.until(`${NOTE} === '0 of 0 shown'`);
    expect(browser.problems).toEqual([]);
  });
});
