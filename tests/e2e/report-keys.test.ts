/**
 * Every key that the page lists does what it says, and what is hostile, too much or changes all the time stays what it is
 * in the page: text, a sample that says so, a picture of all there is.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { historyOf } from '../../harness/history/builder.ts';
import type { Op } from '../../harness/op.ts';
import { assembleModel } from '../../reports/assemble.ts';
import { htmlReport } from '../../reports/html/build.ts';
import type { ReportModel } from '../../reports/model.ts';
import { bulkOps, bullyModel, registerModel } from '../reports/fixtures.ts';
import { HASH, inBrowser, NOTE } from './in-browser.ts';

const DETAILS = `document.getElementById('details').textContent`;
const SELECTED = `String(new URLSearchParams(location.hash.slice(1)).get('op'))`;
const TOP = `document.querySelector('nav a[aria-current]')?.hash`;
const MARKED = `String(new URLSearchParams(location.hash.slice(1)).get('mark'))`;
const FOCUS = `document.activeElement?.id + document.activeElement?.textContent.slice(0, 20)`;
const THEME = `document.documentElement.dataset.theme ?? 'none'`;
const TIP = `String(document.querySelector('#mark-bar').textContent)`;
const IN_LIST = `document.getElementById('op-table').focus()`;

/** By the words of the list of keys: the view before, what is pressed, and what is another then. */
const KEYS: Readonly<
  Record<string, readonly [hash: string, press: string[], changes: string, first?: string][]>
> = {
  '+  -  0': [
    ['', ['+'], HASH],
    ['#t=2000000..3000000', ['-'], HASH],
    ['#t=2000000..3000000', ['0'], HASH],
    ['', ['='], HASH],
  ],
  '← →': [
    ['#t=2000000..3000000', ['ArrowLeft'], HASH],
    ['#t=2000000..3000000', ['ArrowRight'], HASH],
    ['#t=2000000..3000000', ['Shift+ArrowRight'], HASH],
  ],
  ',  .': [
    ['', [',', 'v', '.', 'v'], MARKED],
    ['', ['<', 'v', '>', 'v'], MARKED],
  ],
  v: [['', ['.', 'v', '.', 'v'], TIP]],
  c: [['#mark=1000000..2000000', ['c'], FOCUS]],
  enter: [
    ['', ['.', 'Enter'], SELECTED],
    ['#op=768', ['Enter'], FOCUS],
  ],
  'j  k': [
    ['', ['j'], SELECTED],
    ['', ['k'], SELECTED],
  ],
  '[  ]': [
    ['', [']'], HASH],
    ['', ['['], HASH],
  ],
  '/': [['', ['/'], FOCUS]],
  '↑ ↓': [
    ['', ['ArrowDown'], SELECTED, IN_LIST],
    ['', ['End', 'ArrowUp'], DETAILS, IN_LIST],
    ['', ['PageDown', 'PageUp', 'Home'], SELECTED, IN_LIST],
  ],
  'g then v w t l o m f c k s e h': [
    ...'wtlomfcseh'.split('').map((key): [string, string[], string] => ['', ['g', key], TOP]),
    ['#at=history', ['g', 'v'], TOP],
  ],
  // In the list of messages: report-sections.test.ts; there are none in this run.
  's  r': [],
  t: [['', ['t'], THEME]],
  esc: [
    ['#op=768', ['Escape'], SELECTED],
    ['#mark=1000000..2000000', ['Escape'], MARKED],
  ],
  // By mouse: report-page.test.ts and report-tools.test.ts; the wheel below.
  'ctrl + wheel': [],
};

inBrowser('the keys of report.html, and its limits, in a browser', (tab) => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'faultline-keys-'));
    writeFileSync(join(dir, 'bully.html'), [...htmlReport(bullyModel())].join(''));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const bully = (hash: string): Promise<void> => tab.open(`file://${join(dir, 'bully.html')}${hash}`);

  async function open(model: ReportModel, hash: string, bytes = 30e6): Promise<void> {
    const file = join(dir, 'other.html');
    writeFileSync(file, [...htmlReport(model, { bytes })].join(''));
    await tab.open(`file://${file}${hash}`);
  }

  it('lists the keys that are tested here', async () => {
    await bully('');
    await tab.press('?');
    await tab.until(`document.getElementById('help').open`);
    const listed = await tab.value<string[]>(
      `[...document.querySelectorAll('#help dt')].map((one) => one.textContent)`,
    );
    expect(listed.sort()).toEqual(Object.keys(KEYS).sort());
    await tab.press('Escape');
    await tab.until(`!document.getElementById('help').open`);
  });

  it.each(Object.entries(KEYS).filter(([, all]) => all.length > 0))('answers to %s', async (_keys, all) => {
    for (const [hash, press, changes, first] of all) {
      await bully(hash);
      if (hash !== '') await tab.until(`${HASH}.includes('=')`);
      if (hash === '#at=history') await tab.until(`${TOP} === '#history'`);
      if (first !== undefined) {
        await tab.until(`document.querySelector('#op-table .op-row')`);
        await tab.value(first);
      }
      const before = await tab.value<string>(changes);
      await tab.press(...press);
      try {
        await tab.until(`(${changes}) !== ${JSON.stringify(before)}`);
      } catch (cause) {
        throw new Error(`${press.join(' ')} at "${hash}" changed nothing`, { cause });
      }
    }
    expect(tab.problems).toEqual([]);
  });

  it('zooms by the wheel with ctrl, and scrolls without', async () => {
    await bully('');
    await tab.value(
      `document.getElementById('lanes').scrollIntoView({ behavior: 'instant', block: 'center' })`,
    );
    const box = (await tab.page.locator('#lanes').boundingBox())!;
    await tab.page.mouse.move(box.x + 500, box.y + 60);
    await tab.page.mouse.wheel(0, 80);
    expect(await tab.value(HASH)).not.toMatch(/[#&]t=/);
    await tab.page.keyboard.down('Control');
    await tab.page.mouse.wheel(0, -240);
    await tab.page.keyboard.up('Control');
    await tab.until(`/[#&]t=/.test(${HASH})`);
  });

  it('keeps hostile names as text in completions, chips, charts, lists and the address', async () => {
    const evil = '"><img src=x onerror="document.title=1">';
    const lines = [...bulkOps(50)].map((op) => ({
      ...op,
      key: evil,
      node: evil,
      value: { [evil]: evil },
      f: evil,
    }));
    await open(
      assembleModel({
        folder: 'x/y',
        run: { name: evil, nodes: [evil] },
        verdict: {
          verdict: 'fail',
          sentence: evil,
          faults: [
            {
              id: evil,
              fault: evil,
              mode: evil,
              lane: evil,
              nodes: [evil],
              state: 'installed',
              fromNs: 0,
              toNs: 1e9,
              inject: { summary: evil },
            },
          ],
          checkers: {
            [evil]: {
              verdict: 'fail',
              anomalies: [
                {
                  kind: evil,
                  sentence: evil,
                  certainty: 'proved',
                  ops: [0],
                  steps: [{ text: evil, ops: [0] }],
                },
              ],
            },
          },
        },
        history: historyOf(lines),
        logs: [],
        problems: [evil],
      }),
      `#op=0&rows=key&filter=${encodeURIComponent(`key:"${evil}"`)}&hide=${encodeURIComponent(evil)}`,
    );
    await tab.press('/');
    await tab.page.locator('#filter').fill('node:');
    await tab.until(`/<img/.test(document.getElementById('filter-options').textContent)`);
    await tab.page.locator('#filter').fill(evil);
    await tab.value(`document.getElementById('latency-twin').open = true`);
    await tab.until(`document.querySelector('#latency-table tbody tr')`);
    expect(await tab.count('img')).toBe(0);
    expect(await tab.value('document.title')).not.toBe('1');
    expect(tab.problems).toEqual([]);
  });

  it('says on its first screen and beside the filter when it holds a sample', async () => {
    const model = registerModel();
    await open(model, '', 200_000);
    const words = await tab.text('#verdict');
    expect(words).toMatch(/this page holds [\d ]+ of 7 049 operations: all of anomalies/);
    await tab.until(`/^([\\d ]+) of \\1 shown, of a sample of 7 049$/.test(${NOTE})`);
    await tab.press('j');
    await tab.until(`${DETAILS}.includes('Part of')`);
    expect(tab.problems).toEqual([]);
  });

  it('draws all beliefs of a cluster that changes its mind all the time', async () => {
    const lines: Op[] = [];
    for (let i = 0; i < 5000; i++) {
      const op = { process: 'observer:n1', node: 'n1', f: 'leader' };
      const value = { leading: i % 2 === 0, leader: `n${(i % 2) + 1}`, term: i };
      lines.push({ ...op, type: 'invoke', value: null, index: lines.length, time: i * 1e8 });
      lines.push({ ...op, type: 'ok', value, index: lines.length, time: i * 1e8 + 1000 });
    }
    const model = assembleModel({
      folder: '',
      run: { name: 'flapping', nodes: ['n1', 'n2'] },
      history: historyOf(lines),
      logs: [],
      problems: [],
    });
    // A stretch of which the first picture can have had no more than some.
    await open(model, '#t=250000000..251000000');
    const drawn = `JSON.parse(document.getElementById('overview').textContent).beliefs.length`;
    expect(await tab.value<number>(drawn)).toBeLessThan(2500);
    await tab.value(
      `document.getElementById('lanes').scrollIntoView({ behavior: 'instant', block: 'center' })`,
    );
    const box = (await tab.page.locator('#lanes').boundingBox())!;
    const seen = new Set<string>();
    for (let x = 140; x < box.width - 30; x += 40) {
      await tab.page.mouse.move(box.x + x, box.y + 58);
      await tab.page.waitForTimeout(30);
      seen.add(await tab.value<string>(`document.getElementById('tip').textContent`));
    }
    expect([...seen].filter((words) => /term \d+/.test(words)).length).toBeGreaterThan(8);
    expect(tab.problems).toEqual([]);
  });
});
