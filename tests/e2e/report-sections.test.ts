/**
 * Every section, key and state of the report in a browser, on a run that has everything: leaders, faults, messages,
 * logs with times, clocks, other runs of its name.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { longHistory, longRun } from '../../bench/report-run.ts';
import { historyOf } from '../../harness/history/builder.ts';
import { assembleModel } from '../../reports/assemble.ts';
import { writeHtmlReport } from '../../reports/html/build.ts';
import type { MessageLog } from '../../reports/messages.ts';
import type { ReportModel, Sibling } from '../../reports/model.ts';
import { bullyModel } from '../reports/fixtures.ts';
import { openTab } from './browser.ts';
import { HASH, inBrowser, NOTE } from './in-browser.ts';

const EVIL = '</script><img src=x onerror="document.title=1">';

/** The last answered operation of the first client: when it was asked and answered. */
function lastAnswered(): { index: number; fromNs: number; toNs: number } {
  const { history } = bullyModel();
  for (let i = history.length - 1; i >= 0; i--) {
    const { process, type } = history.op(i);
    if (process !== 0 || type !== 'ok') continue;
    const index = history.pair(i);
    return { index, fromNs: history.time(index), toNs: history.time(i) };
  }
  throw new Error('no operation of process 0 was answered');
}

const ASKED = lastAnswered();

/** Rounds of messages: n1 asks everybody, everybody answers; to n5 nothing arrives. */
function messages(type = 'append'): MessageLog {
  const rows: number[][] = [];
  let order = 0;
  for (let round = 0; round < 200; round++) {
    const at = round * 50e6;
    for (let node = 1; node < 5; node++) {
      const lost = node === 4 ? 1 : 0;
      rows.push([order++, order++, at, at + 1e6, 0, node, 0, lost]);
      if (lost === 0) rows.push([order++, order++, at + 1.5e6, at + 2e6, node, 0, 1, 0]);
    }
    // A client asks n1.
    rows.push([order++, order++, at + 3e6, at + 4e6, 5, 0, 2, 0]);
    rows.push([order++, order++, at + 5e6, at + 6e6, 0, 5, 3, 0]);
  }
  // And once more, in the time of an operation.
  const { fromNs, toNs } = ASKED;
  const quarter = (toNs - fromNs) / 4;
  rows.push([order++, order++, fromNs + quarter, fromNs + 2 * quarter, 5, 0, 2, 0]);
  rows.push([order++, order++, fromNs + 2 * quarter, fromNs + 3 * quarter, 0, 5, 3, 0]);
  const column = (i: number): number[] => rows.map((row) => row[i]!);
  const stamps = column(0).map((n) => n + 1);
  return {
    count: rows.length,
    sentOrder: Int32Array.from(column(0)),
    endOrder: Int32Array.from(column(1)),
    sentNs: Float64Array.from(column(2)),
    endNs: Float64Array.from(column(3)),
    from: Int32Array.from(column(4)),
    to: Int32Array.from(column(5)),
    type: Int32Array.from(column(6)),
    fate: Int32Array.from(column(7)),
    sentStamp: Int32Array.from(stamps),
    endStamp: Int32Array.from(rows, (row) => (row[7] === 0 ? row[1]! + 1 : 0)),
    names: ['n1', 'n2', 'n3', 'n4', 'n5', 'c0'],
    types: [type, 'append_ok', 'command', 'command_ok'],
    fates: ['delivered', 'cut'],
    leftOut: 0,
    unread: 0,
  };
}

const sibling = (id: string, verdict: Sibling['verdict'], own: boolean): Sibling => ({
  id,
  own,
  verdict,
  sentence: '',
  started: `2026-11-2${id}T00:00:00Z`,
  seed: '7',
  commit: '',
  operations: 5,
  ok: 5,
  durationMs: 1,
  p99Ms: 1,
});

function everything(): ReportModel {
  const model = bullyModel();
  return {
    ...model,
    messageLog: messages(),
    siblings: [sibling('1', 'pass', false), sibling('2', 'fail', true)],
    clocks: [
      {
        node: 'n1',
        points: [
          [0, 0, 1e6],
          [5e9, 2e6, 1e6],
        ],
      },
    ],
    logLines: Array.from({ length: 300 }, (_, i) => ({
      node: `n${(i % 5) + 1}`,
      path: 'logs/n1/stdout.log',
      number: i,
      text: i === 7 ? EVIL : `line ${i}`,
      crash: i === 9,
      atNs: i * 30e6,
    })),
  };
}

inBrowser('every part of report.html in a browser', (tab) => {
  let dir: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'faultline-sections-'));
    await writeHtmlReport(everything(), join(dir, 'all.html'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const open = (hash = ''): Promise<void> => tab.open(`file://${join(dir, 'all.html')}${hash}`);

  it('has every section, each with something to read, and the contents lead to them', async () => {
    await open();
    const sections = await tab.value<Record<string, number>>(
      `Object.fromEntries([...document.querySelectorAll('main > section')].map((s) => [s.id, s.innerText.length]))`,
    );
    expect(Object.keys(sections)).toEqual([
      'verdict',
      'wrong',
      'leaders',
      'timeline',
      'latency',
      'operations',
      'messages',
      'faults',
      'checkers',
      'coverage',
      'clocks',
      'logs',
      'environment',
      'history',
    ]);
    for (const [id, length] of Object.entries(sections)) expect(length, id).toBeGreaterThan(60);
    const links = await tab.value<string[]>(
      `[...document.querySelectorAll('nav a')].map((a) => a.hash.slice(1))`,
    );
    expect(links).toEqual(Object.keys(sections));
    expect(await tab.count('*')).toBeLessThan(3000);
    expect(tab.problems).toEqual([]);
  });

  it('goes to every section by keys, and keeps the place in the address', async () => {
    await open();
    for (const [key, id] of Object.entries({
      w: 'wrong',
      t: 'timeline',
      l: 'latency',
      o: 'operations',
      m: 'messages',
      f: 'faults',
      c: 'checkers',
      k: 'clocks',
      s: 'logs',
      h: 'history',
    })) {
      await tab.press('g', key);
      await tab.until(`Math.abs(document.getElementById('${id}').getBoundingClientRect().top) < innerHeight`);
    }
    await tab.until(`${HASH}.includes('at=history')`);
    expect(await tab.value(`document.querySelector('nav a[aria-current]').hash`)).toBe('#history');
    await tab.press('g', 'v');
    await tab.until(`!${HASH}.includes('at=')`);
  });

  it('pans and zooms by keys, and lists all of them', async () => {
    await open('#t=2000000..6000000');
    for (const key of ['ArrowRight', 'ArrowLeft', '+', '-', '=', '[', ']']) {
      const before = await tab.value<string>(HASH);
      await tab.press(key);
      await tab.until(`${HASH} !== ${JSON.stringify(before)}`);
    }
    await tab.press('?');
    await tab.until(`document.getElementById('help').open`);
    const help = await tab.text('#help');
    for (const key of ['/', 'j', '[', '+', 'esc', 'g then', 't', 'ctrl + wheel']) expect(help).toContain(key);
  });

  it('opens all of a view from its address, and writes the same address again', async () => {
    const hash =
      '#t=1000000..1400000&filter=node:n1&rows=node&at=messages&theme=dark&hide=n3&stamps=vector&events=s200,r201';
    await open(hash);
    await tab.until(`document.documentElement.dataset.messages === 'ready'`);
    await tab.until(`document.documentElement.dataset.theme === 'dark'`);
    expect(await tab.value(`document.getElementById('lane-mode').value`)).toBe('node');
    expect(await tab.value(`document.getElementById('filter').value`)).toBe('node:n1');
    expect(await tab.value(`document.getElementById('message-stamps').value`)).toBe('vector');
    expect(await tab.text('#message-words')).toContain('s200 happened before r201');
    const pressed = `[...document.querySelectorAll('#message-hosts .chip')].map((c) => c.textContent + c.ariaPressed).join(' ')`;
    expect(await tab.value(pressed)).toContain('n3false');
    await tab.until(`${HASH}.includes('hide=n3')`);
    const parts = (address: string): string[] => address.slice(1).split('&').sort();
    expect(parts(await tab.value<string>(HASH))).toEqual(parts(hash));
    expect(tab.problems).toEqual([]);
  });

  it('completes the filter from the run, by keys and by mouse', async () => {
    await open();
    await tab.press('/');
    await tab.until(`!document.getElementById('filter-options').hidden`);
    await tab.type('no');
    await tab.until(`document.querySelectorAll('#filter-options li').length === 1`);
    await tab.press('Tab');
    await tab.until(`document.getElementById('filter').value === 'node:'`);
    // A field without its value is no error while it is typed.
    expect(await tab.value(`document.getElementById('filter-error').hidden`)).toBe(true);
    await tab.press('ArrowDown');
    await tab.press('ArrowDown');
    await tab.press('Enter');
    await tab.until(`document.getElementById('filter').value === 'node:n2 '`);
    await tab.until(`/^[\\d ]+ of [\\d ]+ shown$/.test(${NOTE})`);
    await tab.until(`${HASH}.includes('filter=node:n2')`);
    await tab.press('Escape');
    await tab.until(`document.getElementById('filter-options').hidden`);
  });

  it('tells how two messages relate, reached by keys alone', async () => {
    await open('#t=1000000..1100000&at=messages');
    await tab.until(`document.documentElement.dataset.messages === 'ready'`);
    await tab.value(`document.querySelector('#messages .twin').open = true`);
    await tab.until(`document.querySelectorAll('#message-table .op-row').length > 5`);
    await tab.value(`document.getElementById('message-table').focus()`);
    await tab.press('ArrowDown');
    await tab.press('s');
    await tab.until(`document.getElementById('message-words').innerText.startsWith('A s')`);
    await tab.press('ArrowDown');
    await tab.press('ArrowDown');
    await tab.press('r');
    await tab.until(`/happened before|concurrent/.test(document.getElementById('message-words').innerText)`);
    expect(await tab.text('#message-words')).toMatch(/Lamport \d+, vector \[.*n1:\d+/);
  });

  it('says why two events are concurrent', async () => {
    // In a round orders are: to n2 0 1, back 2 3, to n3 4 5, back 6 7, to n4 8 9, back 10 11, to n5 12 13, client 14 to 17.
    await open('#t=1000000..1100000&at=messages&events=r361,s374');
    await tab.until(`/are concurrent/.test(document.getElementById('message-words').innerText)`);
    const words = await tab.text('#message-words');
    expect(words).toMatch(/At r361 it knew the first \d+ events of c0; s374 is its event number \d+/);
    expect(words).toMatch(/At s374 it knew the first \d+ events of n2; r361 is its event number \d+/);
  });

  it('follows one operation through its messages', async () => {
    await open(`#op=${ASKED.index}`);
    await tab.until(`!document.getElementById('details').hidden`);
    await tab.value(
      `[...document.querySelectorAll('#details button')].find((b) => b.textContent.startsWith('follow')).click()`,
    );
    await tab.until(`document.getElementById('message-words').innerText.startsWith('Following operation')`);
    expect(await tab.text('#message-words')).toContain(
      ': 2 messages lie after its request and before its answer',
    );
    await tab.until(`${HASH}.includes('follow=')`);
  });

  it('shows log lines of the stretch, and marks the one at the cursor', async () => {
    await open('#t=3000000..4000000&at=logs');
    await tab.until(`/^\\d+ of 300 lines/.test(document.getElementById('log-note').textContent)`);
    await tab.until(`document.querySelector('#log-table [aria-selected]')`);
    const times = await tab.value<string[]>(
      `[...document.querySelectorAll('#log-table .op-row')].map((row) => row.children[0].textContent)`,
    );
    expect(times.length).toBeGreaterThan(0);
    for (const time of times) expect(time >= '00:03.000' && time <= '00:04.000').toBe(true);
    await tab.value(`location.hash = '#t=0..1000000&at=logs'`);
    await tab.until(`document.querySelector('#log-table').innerText.includes('<img src=x')`);
    expect(await tab.count('img')).toBe(0);
  });

  it('has the charts as tables too', async () => {
    await open();
    await tab.value(`document.getElementById('latency-twin').open = true`);
    await tab.until(`document.querySelectorAll('#latency-table tbody tr').length > 5`);
    expect(await tab.text('#latency-table')).toContain('99th percentile');
  });

  it('compares with another run that is given to it', async () => {
    await open('#at=history');
    const other = {
      verdict: 'pass',
      seed: 8,
      checkers: { 'election-safety': { verdict: 'pass', anomalies: [] } },
    };
    const give = (name: string, content: string): Promise<void> =>
      tab.page
        .locator('#compare-file')
        .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
    await give('verdict.json', JSON.stringify(other));
    await tab.until(`/values differ/.test(document.getElementById('compare-result').innerText)`);
    expect(await tab.text('#compare-result')).toMatch(/verdict\s+fail\s+pass/);
    await give('x.json', 'no json');
    await tab.until(`/is not a verdict.json/.test(document.getElementById('compare-result').innerText)`);
  });

  it('copies the stretch in three forms', async () => {
    await open('#t=2000000..2200000');
    const note = `document.getElementById('copy-note').textContent`;
    for (const how of ['diagram', 'json', 'fixture']) {
      await tab.value(`${note} = ''`);
      await tab.page.locator('#copy-as').selectOption(how);
      await tab.until(`/^\\d+ operations copied|allows no copying/.test(${note})`);
    }
    expect(tab.problems).toEqual([]);
  });

  it('follows the system into the dark, and prints on white', async () => {
    const ground = `getComputedStyle(document.body).backgroundColor`;
    await tab.page.emulateMedia({ colorScheme: 'dark' });
    await open();
    expect(await tab.value(ground)).toBe('rgb(20, 23, 27)');
    await tab.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await tab.value(ground)).toBe('rgb(255, 255, 255)');
    expect(await tab.value(`getComputedStyle(document.querySelector('nav')).display`)).toBe('none');
    expect(await tab.value(`getComputedStyle(document.querySelector('.card')).color`)).toBe(
      'rgb(29, 33, 38)',
    );
  });

  it('can be read without scripts', async () => {
    const { page, problems } = await openTab(tab.browser, { javaScriptEnabled: false });
    await page.goto(`file://${join(dir, 'all.html')}`);
    const words = (await page.evaluate(`document.querySelector('main').innerText`)) as string;
    for (const part of [
      'FAIL',
      'both led',
      'faultline demo --seed 7',
      'What each side took',
      'election-liveness',
      'partition-1',
      'need scripts',
    ])
      expect(words).toContain(part);
    expect(await page.locator('#lanes').isVisible()).toBe(false);
    expect(await page.locator('button:visible').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it.each([400, 700, 1400])('needs no sideways scrolling at a width of %d', async (width) => {
    await tab.page.setViewportSize({ width, height: 900 });
    await open();
    expect(
      await tab.value(`document.documentElement.scrollWidth - document.documentElement.clientWidth`),
    ).toBe(0);
  });

  it('keeps hostile words of messages as text', async () => {
    const file = join(dir, 'evil.html');
    const log = messages(EVIL);
    log.names[5] = EVIL;
    await writeHtmlReport({ ...bullyModel(), messageLog: log }, file);
    await tab.open(`file://${file}#t=1000000..1100000&at=messages&events=s361,r361`);
    await tab.until(
      `/sends <\\/script><img/.test(document.getElementById('message-words').innerText) || /receives <\\/script>/.test(document.getElementById('message-words').innerText)`,
    );
    expect(await tab.count('img')).toBe(0);
    expect(tab.problems).toEqual([]);
  });

  it('opens a run of nothing: every part says so', async () => {
    const file = join(dir, 'none.html');
    await writeHtmlReport(
      assembleModel({ folder: '', history: historyOf([]), logs: [], problems: [] }),
      file,
    );
    await tab.open(`file://${file}`);
    await tab.press('j', 'k', '[', ']', '+', '-', '0', 'ArrowLeft', 'Escape');
    await tab.until(`${NOTE} === '0 of 0 shown'`);
    const page = await tab.text('main');
    for (const words of [
      'No fault was planned',
      'No checker ran',
      'No client operation was invoked',
      'No journal of messages',
    ])
      expect(page).toContain(words);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(tab.problems).toEqual([]);
  });

  it('opens a million operations: everything is searched, few elements live', async () => {
    const file = join(dir, 'million.html');
    const bytes = await writeHtmlReport(longRun(longHistory(1_000_000)), file);
    expect(bytes).toBeLessThan(14e6);
    await tab.open(`file://${file}`);
    await tab.until(`${NOTE} === '1 000 000 of 1 000 000 shown'`);
    await tab.press('/');
    await tab.type('outcome:info');
    await tab.until(`/^[12] \\d\\d\\d of 1 000 000 shown$/.test(${NOTE})`);
    expect(await tab.count('*')).toBeLessThan(3000);
    expect(await tab.value(`performance.memory.usedJSHeapSize`)).toBeLessThan(250e6);
    expect(tab.problems).toEqual([]);
  });
});
