import { describe, expect, it } from 'vitest';
import type { PlanReady, RunEvent } from '../../../harness/events.ts';
import { type TerminalOptions, terminalReporter } from '../../../reports/terminal/reporter.ts';
import { bullyModel } from '../fixtures.ts';

const PLAN: PlanReady = {
  kind: 'plan-ready',
  command: 'run',
  name: 'kv',
  workload: 'register',
  nemeses: ['partition', 'kill'],
  system: 'raft',
  bugs: ['stale-reads'],
  nodes: ['n1', 'n2', 'n3'],
  backend: 'stdio',
  seed: 7,
  seedSource: 'from --seed',
  concurrency: 6,
  ratePerSecond: 1200,
  loadMs: 60_000,
  settleMs: 10_000,
  faults: [
    { id: 'partition-1', fault: 'partition', label: 'partition halves', atNs: 5e9, untilNs: 15e9 },
    { id: 'kill-1', fault: 'kill', label: 'kill one', atNs: 20e9, untilNs: 25e9 },
  ],
  skipped: [{ what: 'clock', reason: 'no vDSO in this process', fix: 'faultline doctor' }],
  folder: '.faultline/kv/20261122T213736.123Z-7',
};

const STORY: readonly RunEvent[] = [
  PLAN,
  { kind: 'stage-started', stage: 'setup', plannedMs: 10_000 },
  { kind: 'node-changed', node: 'n1', state: 'running', timeNs: 0 },
  { kind: 'node-changed', node: 'n2', state: 'running', timeNs: 0 },
  { kind: 'node-changed', node: 'n3', state: 'running', timeNs: 0 },
  { kind: 'stage-ended', stage: 'setup', tookMs: 820, ok: true },
  { kind: 'stage-started', stage: 'load', plannedMs: 60_000 },
  { kind: 'ops', timeNs: 1e9, invoked: 900, ok: 890, fail: 8, info: 0, errors: {} },
  { kind: 'ops', timeNs: 1.25e9, invoked: 1200, ok: 1180, fail: 11, info: 2, errors: { timeout: 2 } },
  { kind: 'latency', p50Ns: 2.1e6, p99Ns: 48e6, maxNs: 1.02e9 },
  { kind: 'leaders-changed', leaders: [{ node: 'n2', term: 3 }], timeNs: 1e9 },
  {
    kind: 'fault-injected',
    id: 'partition-1',
    fault: 'partition',
    label: 'partition halves',
    nodes: ['n3'],
    timeNs: 5e9,
    state: 'installed',
    summary: 'probe n3 -> n1 refused',
  },
  {
    kind: 'leaders-changed',
    leaders: [
      { node: 'n2', term: 3 },
      { node: 'n3', term: 4 },
    ],
    timeNs: 6e9,
  },
  { kind: 'notice', text: 'node n1 writes a lot to its log' },
  { kind: 'node-changed', node: 'n1', state: 'crashed', timeNs: 7e9, reason: 'exit code 3' },
];

/** A reporter whose clock and timer the test holds. */
function setUp(over: Partial<TerminalOptions> & { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  let ticks: (() => void) | undefined;
  let now = 0;
  const reporter = terminalReporter(
    { write: (text) => written.push(text), isTTY: over.isTTY ?? false, columns: over.columns ?? 100 },
    {
      colour: false,
      ascii: false,
      nowNs: () => now,
      wallMs: () => Date.UTC(2026, 10, 22, 2, 11, 49) + now / 1e6,
      every: (_ms, callback) => {
        ticks = callback;
        return { cancel: () => (ticks = undefined) };
      },
      ...over,
    },
  );
  return {
    reporter,
    written,
    text: () => written.join(''),
    at: (ns: number) => (now = ns),
    tick: () => ticks?.(),
    running: () => ticks !== undefined,
  };
}

describe('in a log', () => {
  it('prints the header at once and one line per change', async () => {
    const { reporter, text, at, tick, running } = setUp({});
    reporter.handle(STORY[0]!);
    expect(text()).toContain('seed');
    STORY.slice(1).forEach((event, i) => {
      at(i * 1e9);
      reporter.handle(event);
    });
    tick();
    reporter.handle({
      kind: 'checker-finished',
      checker: 'linearizable',
      verdict: 'fail',
      tookMs: 1900,
      summary: '12 884 operations, 3 anomalies',
    });
    reporter.handle({ kind: 'report-written', path: 'x/report.html', bytes: 231_000 });
    reporter.handle({ kind: 'ended', verdict: 'fail', sentence: 's', interrupted: false });
    expect(running()).toBe(false);
    expect(text()).not.toContain('\u001b');
    await expect(text()).toMatchFileSnapshot('../../golden/terminal/log.txt');
  });
});

describe('on a terminal', () => {
  it('redraws in place, inside synchronized output, within twelve rows', async () => {
    const { reporter, written, at, tick } = setUp({ isTTY: true });
    for (const event of STORY) reporter.handle(event);
    at(6e9);
    tick();
    const first = written.at(-1)!;
    expect(first.startsWith('\u001b[?2026h')).toBe(true);
    expect(first.endsWith('\u001b[?2026l')).toBe(true);
    const rows = first.split('\n').length - 1;
    expect(rows).toBeLessThanOrEqual(12);
    at(7e9);
    tick();
    expect(written.at(-1)).toContain(`\u001b[${rows}F`);
    await expect(first.replaceAll('\u001b', 'ESC')).toMatchFileSnapshot('../../golden/terminal/live.txt');
  });

  it('writes nothing when nothing changed', () => {
    const { reporter, written, at, tick } = setUp({ isTTY: true });
    for (const event of STORY) reporter.handle(event);
    at(6e9);
    tick();
    const before = written.length;
    tick();
    expect(written.length).toBe(before);
  });

  it('gives the cursor back and erases the live view before the last screen', () => {
    const { reporter, written, text, at, tick } = setUp({ isTTY: true });
    for (const event of STORY) reporter.handle(event);
    at(6e9);
    tick();
    reporter.finish(bullyModel(), 1);
    expect(text().lastIndexOf('\u001b[?25h')).toBeGreaterThan(text().lastIndexOf('\u001b[?25l'));
    expect(written.at(-1)).toContain('exit 1');
    const before = written.length;
    reporter.close();
    expect(written.length).toBe(before);
  });

  it('cuts lines to the width so that nothing wraps', () => {
    const { reporter, written, at, tick } = setUp({ isTTY: true, columns: 40 });
    for (const event of STORY) reporter.handle(event);
    at(6e9);
    tick();
    const rows = written
      .at(-1)!
      .replace(/\u001b\[[?0-9]*[A-Za-z]/g, '')
      .split('\n');
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(39);
  });

  it('costs less than 1 % of a core at four redraws a second', () => {
    const { reporter, at, tick } = setUp({ isTTY: true });
    for (const event of STORY) reporter.handle(event);
    const before = process.cpuUsage();
    const redraws = 400;
    for (let i = 0; i < redraws; i++) {
      at(6e9 + i * 250e6);
      tick();
    }
    const spent = process.cpuUsage(before);
    const seconds = (spent.user + spent.system) / 1e6;
    expect(seconds / (redraws / 4)).toBeLessThan(0.01);
  });
});
