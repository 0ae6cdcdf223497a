import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { historyOf } from '../../harness/history/builder.ts';
import { assembleModel } from '../../reports/assemble.ts';
import { writeHtmlReport } from '../../reports/html/build.ts';
import type { ReportModel } from '../../reports/model.ts';
import { bulkOps, bullyModel, registerModel } from '../reports/fixtures.ts';
import { HASH, inBrowser, NOTE } from './in-browser.ts';

// Where there is no browser, the page's markup is still tested without one.
inBrowser('report.html in a browser', (tab) => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'faultline-page-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function open(model: ReportModel, hash = ''): Promise<void> {
    const file = join(dir, 'report.html');
    await writeHtmlReport(model, file);
    await tab.open(`file://${file}${hash}`);
  }

  it('reads its operations under its own security policy, without a complaint', async () => {
    await open(registerModel());
    await tab.until(`${NOTE} === '7 049 of 7 049 shown'`);
    expect(await tab.count('script.rows')).toBe(0);
    expect(await tab.count('.op-row')).toBeLessThan(60);
    expect(await tab.count('*')).toBeLessThan(3000);
    expect(tab.problems).toEqual([]);
  });

  it('says on a narrow screen that a drawing goes on beyond it, and nowhere else', async () => {
    const said = `[...document.querySelectorAll('#wrong figure')].map((one) => {
      const text = getComputedStyle(one, '::after').content;
      return [one.scrollWidth > one.clientWidth, text !== 'none' && text !== 'normal'];
    })`;
    await open(registerModel());
    expect(await tab.value(said)).toEqual(expect.arrayContaining([[false, false]]));
    await tab.page.setViewportSize({ width: 420, height: 800 });
    expect(await tab.value(said)).toEqual(expect.arrayContaining([[true, true]]));
  });

  it('opens the operation and the filter of its address', async () => {
    await open(bullyModel(), '#op=768&filter=node%3An2');
    await tab.until(`/Operation 768: command/.test(document.getElementById('details').textContent)`);
    await tab.until(`/^\\d+ of /.test(${NOTE})`);
    expect(await tab.value(`document.getElementById('filter').value`)).toBe('node:n2');
    expect(await tab.value(`document.getElementById('details').textContent`)).toContain(
      'Part of split-brain',
    );
  });

  it('answers to its keys: anomalies, faults, zoom, the whole run, theme, help', async () => {
    await open(bullyModel());
    await tab.press('j');
    await tab.until(`${HASH}.includes('op=')`);
    const first = await tab.value<string>(HASH);
    await tab.press('j');
    await tab.until(`${HASH} !== ${JSON.stringify(first)}`);
    await tab.press('k');
    await tab.until(`${HASH} === ${JSON.stringify(first)}`);
    await tab.press('Escape');
    await tab.until(`!${HASH}.includes('op=')`);
    await tab.press(']');
    await tab.until(`${HASH} !== ${JSON.stringify(first)} && ${HASH}.includes('t=')`);
    const fault = await tab.value<string>(HASH);
    await tab.press('+');
    await tab.until(`${HASH} !== ${JSON.stringify(fault)}`);
    await tab.press('0');
    await tab.until(`!${HASH}.includes('t=')`);
    await tab.press('t');
    await tab.until(`document.documentElement.dataset.theme === 'dark'`);
    await tab.press('t');
    await tab.press('?');
    await tab.until(`document.getElementById('help').open`);
    expect(tab.problems).toEqual([]);
  });

  it('filters as it is typed, and points at what is wrong', async () => {
    await open(registerModel());
    await tab.press('/');
    await tab.until(`document.activeElement.id === 'filter'`);
    await tab.type('outcome:info');
    await tab.until(`${NOTE} === '8 of 7 049 shown'`);
    await tab.type(' kee:1');
    // A caret stands under the character that is wrong.
    const wrong = `document.getElementById('filter-error').textContent`;
    await tab.until(`${wrong}.includes('^ column 14: unknown field')`);
    expect((await tab.value<string>(wrong)).split('\n')[1]!.indexOf('^')).toBe(13);
    expect(await tab.value(`document.getElementById('filter').getAttribute('aria-invalid')`)).toBe('true');
  });

  it('shows the stretch that is brushed, pans when dragged, selects when clicked', async () => {
    await open(registerModel());
    await tab.value(`document.getElementById('timeline').scrollIntoView({ behavior: 'instant' })`);
    await tab.drag('#strip', 300, 360, 20);
    await tab.until(`${HASH}.includes('t=')`);
    const brushed = await tab.value<string>(HASH);
    await tab.drag('#lanes', 500, 560, 60);
    await tab.until(`${HASH} !== ${JSON.stringify(brushed)}`);
    await tab.until(`document.querySelector('.op-row')`);
    await tab.page.locator('.op-row').first().click();
    await tab.until(`!document.getElementById('details').hidden`);
    expect(tab.problems).toEqual([]);
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
    await tab.until(`document.getElementById('details').textContent.includes('<img src=x')`);
    expect(await tab.count('img')).toBe(0);
    expect(tab.problems).toEqual([]);
  });

  it('opens a run without operations', async () => {
    await open(assembleModel({ folder: '', history: historyOf([]), logs: [], problems: ['no run.json'] }));
    await tab.until(`${NOTE} === '0 of 0 shown'`);
    expect(tab.problems).toEqual([]);
  });
});
