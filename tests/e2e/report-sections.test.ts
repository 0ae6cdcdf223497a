/**
 * Every section, key and state of the report in a browser, on a run that has everything: leaders, faults, messages,
 * logs with times, clocks, other runs of its name.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { longHistory, longRun } from '../../bench/report-run.ts';
import { historyOf } from '../../harness/history/builder.ts';
import { assembleModel } from '../../reports/assemble.ts';
import { writeHtmlReport } from '../../reports/html/build.ts';
import type { MessageLog } from '../../reports/messages.ts';
import type { ReportModel, Sibling } from '../../reports/model.ts';
import { bullyModel } from '../reports/fixtures.ts';
import { Browser, CHROMIUM } from './browser.ts';

const READY = 'document.documentElement?.dataset.ready';
const HASH = 'location.hash';
const NOTE = `document.getElementById('filter-note').textContent`;
const EVIL = '</script><img src=x onerror="document.title=1">';

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
          [0, 0],
          [5e9, 2e6],
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

describe.skipIf(CHROMIUM === undefined)('every part of report.html in a browser', () => {
  let dir: string;
  let browser: Browser;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'faultline-sections-'));
    browser = await Browser.launch();
    await writeHtmlReport(everything(), join(dir, 'all.html'));
  });
  beforeEach(async () => {
    await browser.send('Emulation.setEmulatedMedia', { media: '', features: [] });
    await browser.send('Emulation.clearDeviceMetricsOverride');
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const open = (hash = ''): Promise<void> => browser.open(`file://${join(dir, 'all.html')}${hash}`, READY);
  const text = (selector: string): Promise<string> =>
    browser.value(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  const type = async (words: string): Promise<void> => {
    for (const key of words) await browser.press(key);
  };

  it('has every section, each with something to read, and the contents lead to them', async () => {
    await open();
    const sections = await browser.value<Record<string, number>>(
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
    const links = await browser.value<string[]>(
      `[...document.querySelectorAll('nav a')].map((a) => a.hash.slice(1))`,
    );
    expect(links).toEqual(Object.keys(sections));
    expect(await browser.value(`document.querySelectorAll('*').length`)).toBeLessThan(3000);
    expect(browser.problems).toEqual([]);
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
      await browser.press('g');
      await browser.press(key);
      await browser.until(
        `Math.abs(document.getElementById('${id}').getBoundingClientRect().top) < innerHeight`,
      );
    }
    await browser.until(`${HASH}.includes('at=history')`);
    expect(await browser.value(`document.querySelector('nav a[aria-current]').hash`)).toBe('#history');
    await browser.press('g');
    await browser.press('v');
    await browser.until(`!${HASH}.includes('at=')`);
  });

  it('pans and zooms by keys, and lists all of them', async () => {
    await open('#t=2000000..6000000');
    for (const key of ['ArrowRight', 'ArrowLeft', '+', '-', '=', '[', ']']) {
      const before = await browser.value<string>(HASH);
      await browser.press(key);
      await browser.until(`${HASH} !== ${JSON.stringify(before)}`);
    }
    await browser.press('?');
    await browser.until(`document.getElementById('help').open`);
    const help = await text('#help');
    for (const key of ['/', 'j', '[', '+', 'esc', 'g then', 't', 'ctrl + wheel']) expect(help).toContain(key);
  });

  it('opens all of a view from its address, and writes the same address again', async () => {
    const hash =
      '#t=1000000..1400000&filter=node:n1&rows=node&at=messages&theme=dark&hide=n3&stamps=vector&events=s200,r201';
    await open(hash);
    await browser.until(`document.documentElement.dataset.messages === 'ready'`);
    await browser.until(`document.documentElement.dataset.theme === 'dark'`);
    expect(await browser.value(`document.getElementById('lane-mode').value`)).toBe('node');
    expect(await browser.value(`document.getElementById('filter').value`)).toBe('node:n1');
    expect(await browser.value(`document.getElementById('message-stamps').value`)).toBe('vector');
    expect(await text('#message-words')).toContain('s200 happened before r201');
    const pressed = `[...document.querySelectorAll('#message-hosts .chip')].map((c) => c.textContent + c.ariaPressed).join(' ')`;
    expect(await browser.value(pressed)).toContain('n3false');
    await browser.until(`${HASH}.includes('hide=n3')`);
    const parts = (address: string): string[] => address.slice(1).split('&').sort();
    expect(parts(await browser.value<string>(HASH))).toEqual(parts(hash));
    expect(browser.problems).toEqual([]);
  });

  it('completes the filter from the run, by keys and by mouse', async () => {
    await open();
    await browser.press('/');
    await browser.until(`!document.getElementById('filter-options').hidden`);
    await type('no');
    await browser.until(`document.querySelectorAll('#filter-options li').length === 1`);
    await browser.press('Tab');
    await browser.until(`document.getElementById('filter').value === 'node:'`);
    // A field without its value is no error while it is typed.
    expect(await browser.value(`document.getElementById('filter-error').hidden`)).toBe(true);
    await browser.press('ArrowDown');
    await browser.press('ArrowDown');
    await browser.press('Enter');
    await browser.until(`document.getElementById('filter').value === 'node:n2 '`);
    await browser.until(`/^[\\d ]+ of [\\d ]+ shown$/.test(${NOTE})`);
    await browser.until(`${HASH}.includes('filter=node:n2')`);
    await browser.press('Escape');
    await browser.until(`document.getElementById('filter-options').hidden`);
  });

  it('tells how two messages relate, reached by keys alone', async () => {
    await open('#t=1000000..1100000&at=messages');
    await browser.until(`document.documentElement.dataset.messages === 'ready'`);
    await browser.value(`document.querySelector('#messages .twin').open = true`);
    await browser.until(`document.querySelectorAll('#message-table .op-row').length > 5`);
    await browser.value(`document.getElementById('message-table').focus()`);
    await browser.press('ArrowDown');
    await browser.press('s');
    await browser.until(`document.getElementById('message-words').innerText.startsWith('A s')`);
    await browser.press('ArrowDown');
    await browser.press('ArrowDown');
    await browser.press('r');
    await browser.until(
      `/happened before|concurrent/.test(document.getElementById('message-words').innerText)`,
    );
    expect(await text('#message-words')).toMatch(/Lamport \d+, vector \[.*n1:\d+/);
  });

  it('says why two events are concurrent', async () => {
    // In a round orders are: to n2 0 1, back 2 3, to n3 4 5, back 6 7, to n4 8 9, back 10 11, to n5 12 13, client 14 to 17.
    await open('#t=1000000..1100000&at=messages&events=r361,s374');
    await browser.until(`/are concurrent/.test(document.getElementById('message-words').innerText)`);
    const words = await text('#message-words');
    expect(words).toMatch(/At r361 it knew the first \d+ events of c0; s374 is its event number \d+/);
    expect(words).toMatch(/At s374 it knew the first \d+ events of n2; r361 is its event number \d+/);
  });

  it('follows one operation through its messages', async () => {
    await open('#at=timeline');
    const op = `[...document.querySelectorAll('.op-row')].find((row) => row.children[3].textContent === '0')`;
    await browser.until(op);
    await browser.value(`${op}.click()`);
    await browser.until(`!document.getElementById('details').hidden`);
    await browser.value(
      `[...document.querySelectorAll('#details button')].find((b) => b.textContent.startsWith('follow')).click()`,
    );
    await browser.until(
      `/(Following|No message of) operation \\d+|No message of/.test(document.getElementById('message-words').innerText)`,
    );
    await browser.until(`${HASH}.includes('follow=')`);
  });

  it('shows log lines of the stretch, and marks the one at the cursor', async () => {
    await open('#t=3000000..4000000&at=logs');
    await browser.until(`/^\\d+ of 300 lines/.test(document.getElementById('log-note').textContent)`);
    await browser.until(`document.querySelector('#log-table [aria-selected]')`);
    const times = await browser.value<string[]>(
      `[...document.querySelectorAll('#log-table .op-row')].map((row) => row.children[0].textContent)`,
    );
    for (const time of times) expect(time >= '00:03.000' && time <= '00:04.000').toBe(true);
    await browser.value(`location.hash = '#t=0..1000000&at=logs'`);
    await browser.until(`document.querySelector('#log-table').innerText.includes('<img src=x')`);
    expect(await browser.value(`document.querySelectorAll('img').length`)).toBe(0);
  });

  it('has the charts as tables too', async () => {
    await open();
    await browser.value(`document.getElementById('latency-twin').open = true`);
    await browser.until(`document.querySelectorAll('#latency-table tbody tr').length > 5`);
    expect(await text('#latency-table')).toContain('99th percentile');
  });

  it('compares with another run that is given to it', async () => {
    await open('#at=history');
    const other = {
      verdict: 'pass',
      seed: 8,
      checkers: { 'election-safety': { verdict: 'pass', anomalies: [] } },
    };
    const give = (name: string, content: string): Promise<unknown> =>
      browser.value(`(() => {
        const bag = new DataTransfer();
        bag.items.add(new File([${JSON.stringify(content)}], ${JSON.stringify(name)}));
        const input = document.getElementById('compare-file');
        input.files = bag.files;
        input.dispatchEvent(new Event('change'));
      })()`);
    await give('verdict.json', JSON.stringify(other));
    await browser.until(`/values differ/.test(document.getElementById('compare-result').innerText)`);
    expect(await text('#compare-result')).toMatch(/verdict\s+fail\s+pass/);
    await give('x.json', 'no json');
    await browser.until(`/is not a verdict.json/.test(document.getElementById('compare-result').innerText)`);
  });

  it('copies the stretch in three forms', async () => {
    await open('#t=2000000..2200000');
    const note = `document.getElementById('copy-note').textContent`;
    const choose = (how: string): Promise<unknown> =>
      browser.value(
        `(() => { const s = document.getElementById('copy-as'); ${note} = ''; s.value = '${how}'; s.dispatchEvent(new Event('change')); })()`,
      );
    for (const how of ['diagram', 'json', 'fixture']) {
      await choose(how);
      await browser.until(`/^\\d+ operations copied|allows no copying/.test(${note})`);
    }
    expect(browser.problems).toEqual([]);
  });

  it('follows the system into the dark, and prints on white', async () => {
    const ground = `getComputedStyle(document.body).backgroundColor`;
    await browser.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: 'dark' }],
    });
    await open();
    expect(await browser.value(ground)).toBe('rgb(20, 23, 27)');
    await browser.send('Emulation.setEmulatedMedia', {
      media: 'print',
      features: [{ name: 'prefers-color-scheme', value: 'dark' }],
    });
    expect(await browser.value(ground)).toBe('rgb(255, 255, 255)');
    expect(await browser.value(`getComputedStyle(document.querySelector('nav')).display`)).toBe('none');
    expect(await browser.value(`getComputedStyle(document.querySelector('.card')).color`)).toBe(
      'rgb(29, 33, 38)',
    );
  });

  it('can be read without scripts', async () => {
    await browser.send('Emulation.setScriptExecutionDisabled', { value: true });
    try {
      await browser.send('Page.navigate', { url: 'about:blank' });
      await browser.send('Page.navigate', { url: `file://${join(dir, 'all.html')}` });
      await browser.until(`document.querySelector('#history')`);
      const page = await text('main');
      for (const words of [
        'FAIL',
        'both led',
        'faultline demo --seed 7',
        'What each side took',
        'election-liveness',
        'partition-1',
        'need scripts',
      ])
        expect(page).toContain(words);
      expect(
        await browser.value(
          `getComputedStyle(document.getElementById('lanes')).display === 'none' || document.getElementById('lanes').offsetParent === null`,
        ),
      ).toBe(true);
      expect(
        await browser.value(`[...document.querySelectorAll('button')].every((b) => b.offsetParent === null)`),
      ).toBe(true);
    } finally {
      await browser.send('Emulation.setScriptExecutionDisabled', { value: false });
    }
  });

  it.each([400, 700, 1400])('needs no sideways scrolling at a width of %d', async (width) => {
    await browser.send('Emulation.setDeviceMetricsOverride', {
      width,
      height: 900,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await open();
    expect(
      await browser.value(`document.documentElement.scrollWidth - document.documentElement.clientWidth`),
    ).toBe(0);
  });

  it('keeps hostile words of messages as text', async () => {
    const file = join(dir, 'evil.html');
    const log = messages(EVIL);
    log.names[5] = EVIL;
    await writeHtmlReport({ ...bullyModel(), messageLog: log }, file);
    await browser.open(`file://${file}#t=1000000..1100000&at=messages&events=s361,r361`, READY);
    await browser.until(
      `/sends <\\/script><img/.test(document.getElementById('message-words').innerText) || /receives <\\/script>/.test(document.getElementById('message-words').innerText)`,
    );
    expect(await browser.value(`document.querySelectorAll('img').length`)).toBe(0);
    expect(browser.problems).toEqual([]);
  });

  it('opens a run of nothing: every part says so', async () => {
    const file = join(dir, 'none.html');
    await writeHtmlReport(
      assembleModel({ folder: '', history: historyOf([]), logs: [], problems: [] }),
      file,
    );
    await browser.open(`file://${file}`, READY);
    for (const key of ['j', 'k', '[', ']', '+', '-', '0', 'ArrowLeft', 'Escape']) await browser.press(key);
    await browser.until(`${NOTE} === '0 of 0 shown'`);
    const page = await text('main');
    for (const words of [
      'No fault was planned',
      'No checker ran',
      'No client operation was invoked',
      'No journal of messages',
    ])
      expect(page).toContain(words);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(browser.problems).toEqual([]);
  });

  it('opens a million operations: everything is searched, few elements live', async () => {
    const file = join(dir, 'million.html');
    const bytes = await writeHtmlReport(longRun(longHistory(1_000_000)), file);
    expect(bytes).toBeLessThan(14e6);
    await browser.open(`file://${file}`, READY);
    await browser.until(`${NOTE} === '1 000 000 of 1 000 000 shown'`);
    await browser.press('/');
    await type('outcome:info');
    await browser.until(`/^[12] \\d\\d\\d of 1 000 000 shown$/.test(${NOTE})`);
    expect(await browser.value(`document.querySelectorAll('*').length`)).toBeLessThan(3000);
    expect(await browser.value(`performance.memory.usedJSHeapSize`)).toBeLessThan(250e6);
    expect(browser.problems).toEqual([]);
  }, 120_000);
});
