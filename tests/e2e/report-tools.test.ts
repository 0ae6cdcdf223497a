/**
 * What a reader does with a report: marking a stretch and copying it, by mouse and by keys alike, turning and taking away
 * terms of the filter, reading every picture as a table, following a link to a log.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { campaignHtml } from '../../reports/campaign/html/page.ts';
import { writeHtmlReport } from '../../reports/html/build.ts';
import type { ReportModel } from '../../reports/model.ts';
import { sampleSummary } from '../reports/campaign/samples.ts';
import { bullyModel, registerModel } from '../reports/fixtures.ts';
import { HASH, inBrowser, NOTE } from './in-browser.ts';

const BAR = `document.getElementById('mark-bar')`;
const MARK = `(new URLSearchParams(location.hash.slice(1)).get('mark') ?? '')`;

inBrowser('tools of report.html in a browser', (tab) => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'faultline-tools-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function open(model: ReportModel, hash = ''): Promise<void> {
    const file = join(dir, 'report.html');
    await writeHtmlReport(model, file);
    await tab.open(`file://${file}${hash}`);
  }

  /** Drags with shift held within a canvas. */
  async function mark(id: string, from: number, to: number): Promise<void> {
    await tab.value(
      `document.getElementById('${id}').scrollIntoView({ behavior: 'instant', block: 'center' })`,
    );
    await tab.drag(`#${id}`, from, to, 20, 'Shift');
  }

  const copied = async (words: string): Promise<string> => {
    await tab.value(
      `(globalThis.taken = '', navigator.clipboard ??= {}, navigator.clipboard.writeText = async (text) => { globalThis.taken = text })`,
    );
    await tab.value(
      `[...${BAR}.querySelectorAll('button')].find((one) => one.textContent === '${words}').click()`,
    );
    await tab.until(`/copied$/.test(${BAR}.textContent)`);
    return tab.value('globalThis.taken');
  };

  it.each(['lanes', 'latency-chart', 'rate-chart', 'error-chart', 'strip'])(
    'marks a stretch by shift and drag in %s, which stays where it is',
    async (id) => {
      await open(bullyModel());
      await mark(id, 300, 340);
      await tab.until(`/operations/.test(${BAR}.textContent) && !${BAR}.hidden`);
      await tab.until(`${MARK} !== ''`);
      // Nothing was panned, zoomed or selected for it.
      expect(await tab.value(HASH)).not.toMatch(/[#&](t|op)=/);
      const [from, to] = (await tab.value<string>(MARK)).split('..').map(Number);
      expect(to! - from!).toBeGreaterThan(100_000);
      const said = await tab.value<string>(`${BAR}.querySelector('[role=status]').textContent`);
      const count = Number(/: ([\d ]+) operations/.exec(said)![1]!.replaceAll(' ', ''));
      const json = JSON.parse(await copied('copy as JSON')) as { op: number }[];
      expect(json).toHaveLength(count);
    },
  );

  it('marks by keys, copies by keys, and opens the mark of its address', async () => {
    await open(bullyModel());
    await tab.press(',', ',', 'v', '.', '.', '.', '>');
    await tab.until(`/[\\d)]$/.test(${BAR}.querySelector('[role=status]').textContent)`);
    await tab.press('v');
    await tab.until(`/operations/.test(${BAR}.textContent)`);
    const [from, to] = (await tab.value<string>(MARK)).split('..').map(Number);
    const end = await tab.value<number>(
      `JSON.parse(document.getElementById('overview')?.textContent ?? '{"end":0}').end`,
    );
    if (end > 0) expect((to! - from!) / end).toBeCloseTo(0.13, 2);
    await tab.press('c');
    expect(await tab.value('document.activeElement.textContent')).toBe('copy as JSON');
    expect(await copied('copy as text diagram')).toContain('├┤');
    expect((await copied('copy as test history')).split('\n').length).toBeGreaterThan(2);
    const address = await tab.value<string>(HASH);
    await open(bullyModel(), address);
    await tab.until(`!${BAR}.hidden`);
    await tab.until(`${MARK} === '${from}..${to}'`);
    await tab.press('Escape');
    await tab.until(`${BAR}.hidden && ${MARK} === ''`);
    // The cursor of the keys is the cursor of the pointer: what follows one follows the other.
    await tab.press('?');
    expect(await tab.value(`document.getElementById('help').textContent`)).toContain('shift + drag');
  });

  it('selects by keys what a click on a bar selects, and goes into its details', async () => {
    await open(registerModel(), '#t=2000000..2100000');
    await tab.press('.', '.', '.', 'Enter');
    await tab.until(`/^Operation \\d+: /.test(document.getElementById('details').textContent)`);
    expect(await tab.value(HASH)).toContain('op=');
    await tab.press('Enter');
    expect(await tab.value(`document.getElementById('details').contains(document.activeElement)`)).toBe(true);
    // There Enter is what it is on any button.
    await tab.press('Escape');
    await tab.until(`!${HASH}.includes('op=')`);
    await tab.value(`document.getElementById('filter').focus()`);
    await tab.press('Enter');
    expect(await tab.value(HASH)).not.toContain('op=');
  });

  it('shows a fault of the table on the timeline, from where the keys go on', async () => {
    await open(registerModel());
    const links = await tab.count('#faults a[data-fault]');
    // Of faults that never came there is nothing to show.
    expect(links).toBe(registerModel().faults.filter(({ fromNs }) => fromNs !== null).length);
    await tab.press(']');
    await tab.until(`${HASH}.includes('t=')`);
    const first = /t=[\d.]+/.exec(await tab.value<string>(HASH))![0];
    await tab.press('0', ']');
    await tab.until(`${HASH}.includes('t=') && !${HASH}.includes('${first}')`);
    await tab.value(`document.querySelector('#faults a[data-fault]').click()`);
    await tab.until(`${HASH}.includes('${first}')`);
    await tab.until(`document.getElementById('timeline').getBoundingClientRect().top < 200`);
    await tab.press(']');
    await tab.until(`!${HASH}.includes('${first}')`);
  });

  it('shows terms of the filter as chips that turn around and go away, by mouse and by keys', async () => {
    await open(registerModel(), '#filter=outcome%3Aok%20!node%3An2');
    const chips = `[...document.querySelectorAll('#filter-chips .chip-pair > :first-child')].map((one) => one.textContent)`;
    await tab.until(`${chips}.length === 2`);
    expect(await tab.value(chips)).toEqual(['outcome:ok', '!node:n2']);
    const before = await tab.value<string>(NOTE);
    await tab.value(`document.querySelectorAll('#filter-chips .chip')[2].click()`);
    await tab.until(`${chips}[1] === 'node:n2'`);
    expect(await tab.value(`document.getElementById('filter').value`)).toBe('outcome:ok node:n2');
    await tab.until(`${NOTE} !== ${JSON.stringify(before)}`);
    await tab.until(`document.activeElement?.textContent === 'node:n2'`);
    await tab.press('Delete');
    await tab.until(`${chips}.join() === 'outcome:ok'`);
    await tab.value(`document.querySelector('#filter-chips [aria-label="take away outcome:ok"]').click()`);
    await tab.until(`document.getElementById('filter-chips').hidden`);
    expect(await tab.value(`document.getElementById('filter').value`)).toBe('');
    expect(await tab.value('document.activeElement.id')).toBe('filter');
    expect(tab.problems).toEqual([]);
  });

  it('has every picture as words or a table', async () => {
    await open(registerModel());
    expect(await tab.value(`document.getElementById('strip-words').textContent`)).toMatch(
      /^The run lasted .* ended ok, .* failed, .* ambiguous\. .* faults? came into force/,
    );
    const nameless = `[...document.querySelectorAll('canvas, main svg')].filter((one) => !one.getAttribute('aria-label') && one.getAttribute('aria-hidden') !== 'true').map((one) => one.outerHTML.slice(0, 120))`;
    expect(await tab.value(nameless)).toEqual([]);
    await tab.value(`document.getElementById('strip-twin').open = true`);
    const rows = (id: string): string => `document.querySelectorAll('#${id} tbody tr').length`;
    await tab.until(`${rows('strip-table')} > 8`);
    expect(await tab.value(`document.getElementById('strip-table').textContent`)).toContain('kill-1');
    await tab.value(`document.getElementById('latency-twin').open = true`);
    await tab.until(`${rows('latency-table')} > 16`);
    const errors = `document.querySelectorAll('#latency-table table')[1]`;
    const classes = await tab.value<string[]>(
      `[...${errors}.querySelectorAll('th')].map((one) => one.textContent)`,
    );
    const { counts } = registerModel();
    const commonest = [...counts.errors].sort((a, b) => b.count - a.count)[0]!;
    expect(classes).toContain(commonest.kind);
    // The last row is the whole run, and agrees with what was counted when the report was made.
    const totals = await tab.value<string[]>(
      `[...${errors}.querySelectorAll('tr:last-child td')].map((one) => one.textContent)`,
    );
    expect(Number(totals[classes.indexOf(commonest.kind)]!.replaceAll(' ', ''))).toBe(commonest.count);
    expect(await tab.text('#error-words')).toContain(`${commonest.kind} ${commonest.count}`);
    // A click on a bar of a class shows an operation that ended so.
    expect(await tab.value(`document.getElementById('error-chart').clientHeight`)).toBeGreaterThan(40);
  });

  it('leads from an excerpt of a log to the whole file', async () => {
    mkdirSync(join(dir, 'logs', 'n 1#'), { recursive: true });
    writeFileSync(join(dir, 'logs', 'n 1#', 'stdout.log'), 'the very last words of n1\n');
    const lines = [{ number: 1, text: 'first', crash: false }];
    const log = { node: 'n1', path: 'logs/n 1#/stdout.log', bytes: 26, lines, partial: true, timed: [] };
    await open({ ...bullyModel(), logs: [log, { ...log, path: '../../etc/passwd' }] });
    const links = `[...document.querySelectorAll('#logs a')]`;
    // A path that leads out of the run folder is shown, and leads nowhere.
    expect(await tab.value(`${links}.map((one) => one.getAttribute('href'))`)).toEqual([
      './logs/n%201%23/stdout.log',
    ]);
    const led = tab.page.waitForURL(/stdout\.log$/);
    await tab.value(`void setTimeout(() => ${links}[0].click())`);
    await led;
    await tab.until(`document.body?.textContent.includes('the very last words of n1')`);
  });

  it.each([420, 700, 1300])('fits a window of %d pixels and paper: a run and a night', async (width) => {
    const night = join(dir, 'night.html');
    writeFileSync(night, campaignHtml(sampleSummary()));
    await tab.page.setViewportSize({ width, height: 900 });
    const beyond = `[...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll, .op-table, .log, .chips, pre, figure, nav, .visually-hidden, .skip')).map((one) => one.outerHTML.slice(0, 90))`;
    // A word that is broken letter by letter makes its badge a tower.
    const towers = `[...document.querySelectorAll('.badge')].filter((one) => one.getBoundingClientRect().height > 40).length`;
    const check = async (): Promise<void> => {
      for (const media of ['screen', 'print'] as const) {
        await tab.page.emulateMedia({ media });
        expect(await tab.value(towers), media).toBe(0);
        if (media === 'print' && width < 700) continue;
        expect(await tab.value('document.documentElement.scrollWidth - innerWidth'), media).toBeLessThan(1);
        expect(await tab.value(beyond), media).toEqual([]);
      }
      await tab.page.emulateMedia({ media: 'screen' });
    };
    await open(registerModel());
    await check();
    await tab.open(`file://${night}`, 'document.body');
    await check();
  });
});
