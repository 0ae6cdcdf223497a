import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyOf } from '../../harness/history/builder.ts';
import { assembleModel } from '../../reports/assemble.ts';
import { writeHtmlReport } from '../../reports/html/build.ts';
import type { ReportModel } from '../../reports/model.ts';
import { bulkOps, bullyModel, registerModel } from '../reports/fixtures.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-page-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The page's document after its application ran, and what the browser complained about. */
async function opened(model: ReportModel, name: string, hash = ''): Promise<{ dom: string; log: string }> {
  const file = join(dir, `${name}.html`);
  await writeHtmlReport(model, file);
  const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=6000'];
  args.push('--enable-logging=stderr', `--user-data-dir=${join(dir, `profile-${name}`)}`, '--dump-dom');
  const log: string[] = [];
  const dom = execFileSync(
    '/bin/sh',
    ['-c', '"$0" "$@" 2>"$LOG"', CHROMIUM!, ...args, `file://${file}${hash}`],
    {
      encoding: 'utf8',
      maxBuffer: 1e9,
      env: { ...process.env, LOG: join(dir, `${name}.log`) },
    },
  );
  log.push(execFileSync('/bin/cat', [join(dir, `${name}.log`)], { encoding: 'utf8' }));
  return {
    dom,
    log: log
      .join('\n')
      .split('\n')
      .filter((line) => /CONSOLE|Refused|Uncaught/.test(line))
      .join('\n'),
  };
}

// Needs a browser on this machine; where there is none, the page's markup is still tested without one.
describe.skipIf(CHROMIUM === undefined)('report.html in a browser', () => {
  it('reads its operations under its own security policy, without a complaint', async () => {
    const { dom, log } = await opened(registerModel(), 'register');
    expect(log).toBe('');
    expect(dom).toContain('data-ready="true"');
    expect(dom).toContain('7 049 of 7 049 shown');
    expect(dom).not.toContain('class="rows"');
    expect((dom.match(/class="op-row/g) ?? []).length).toBeLessThan(60);
  });

  it('opens the operation and the filter of its address', async () => {
    const { dom } = await opened(bullyModel(), 'bully', '#op=768&filter=node%3An2');
    expect(/Operation 768: command/.test(dom)).toBe(true);
    expect(dom.includes('Part of split-brain')).toBe(true);
    expect(dom.includes('1 262 of 1 262 shown')).toBe(false);
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
    const { dom, log } = await opened(model, 'hostile', '#op=0');
    expect(log).toBe('');
    expect(dom).not.toMatch(/<img/);
    expect(dom).toContain('&lt;img src=x');
  });

  it('opens a run without operations', async () => {
    const { dom, log } = await opened(
      assembleModel({ folder: '', history: historyOf([]), logs: [], problems: ['no run.json'] }),
      'empty',
    );
    expect(log).toBe('');
    expect(dom).toContain('data-ready="true"');
    expect(dom).toContain('0 of 0 shown');
  });
});
