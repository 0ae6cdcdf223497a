import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Op } from '../../../harness/op.ts';
import { coverageOf } from '../../../reports/derive/coverage.ts';
import { measureEffects } from '../../../reports/derive/effects.ts';
import { placeLines, zeroOf } from '../../../reports/derive/log-times.ts';
import { coverageSection } from '../../../reports/html/sections/coverage.ts';
import { logSection } from '../../../reports/html/sections/logs.ts';
import { faultSection } from '../../../reports/html/sections/tables.ts';
import type { FaultRow } from '../../../reports/model.ts';
import { stampOf } from '../../../reports/read-logs.ts';
import { registerModel } from '../fixtures.ts';

const op = (
  process: number,
  f: string,
  key: number,
  atMs: number,
  tookMs: number,
  type: Op['type'] = 'ok',
) => [
  { process, f, key, value: 1, time: atMs * 1e6, type: 'invoke' as const },
  { process, f, key, value: 1, time: (atMs + tookMs) * 1e6, type },
];

const history = (...pairs: ReturnType<typeof op>[]) =>
  historyOf(
    pairs
      .flat()
      .sort((a, b) => a.time - b.time)
      .map((line, index) => ({ ...line, index })),
  );

const words = (markup: { text: string }): string => markup.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

const fault = (fromMs: number, toMs: number | null): FaultRow =>
  ({
    ...registerModel().faults[0]!,
    fault: 'kill',
    state: 'installed',
    undone: true,
    bit: true,
    fromNs: fromMs * 1e6,
    toNs: toMs === null ? null : toMs * 1e6,
  }) satisfies FaultRow;

describe('coverage', () => {
  const made = history(
    op(0, 'read', 1, 10, 100),
    op(1, 'write', 1, 20, 10),
    op(2, 'write', 1, 25, 100),
    op(3, 'write', 2, 26, 1),
    op(4, 'read', 1, 500, 5),
  );

  it('counts functions under faults, and marks what was never tried', () => {
    const coverage = coverageOf(made, [fault(15, 100)], 600e6);
    expect(coverage.functions).toEqual(['read', 'write']);
    expect(coverage.underFault).toEqual([{ fault: 'kill', counts: [0, 3] }]);
    expect(coverage.calm).toEqual([2, 0]);
    expect(words(coverageSection({ ...registerModel(), coverage }))).toMatch(/kill none 3 no fault 2 none/);
  });

  it('counts keys, and the company of each operation on its key', () => {
    const { keys, company } = coverageOf(made, [], 600e6);
    expect(keys).toEqual({ count: 2, least: 1, median: 4, most: 4 });
    expect(company.slice(0, 4).map((row) => row.count)).toEqual([3, 1, 1, 0]);
  });
});

describe('the effect of a fault', () => {
  it('has the longest silence, and how soon operations were acknowledged again', () => {
    const faults = [fault(100, 400)];
    measureEffects(
      history(
        op(0, 'read', 1, 90, 20),
        op(1, 'read', 1, 300, 20),
        op(2, 'read', 1, 390, 60),
        op(3, 'read', 1, 420, 30),
      ),
      faults,
      600e6,
    );
    expect(faults[0]!.effect).toMatchObject({ silenceNs: 210e6, recoveryNs: 50e6 });
    expect(words(faultSection({ ...registerModel(), faults }))).toMatch(/210 ms 50 ms/);
  });

  it('is said to be lasting where nothing was acknowledged again', () => {
    const faults = [fault(100, 400)];
    measureEffects(history(op(0, 'read', 1, 90, 5)), faults, 600e6);
    expect(faults[0]!.effect).toMatchObject({ silenceNs: 300e6, recoveryNs: null });
  });
});

describe('lines of logs', () => {
  it('have their time found, in the forms programs write', () => {
    const at = Date.UTC(2026, 10, 23, 16, 29, 10, 410);
    for (const text of [
      '2026-11-23T16:29:10.410Z follows n5',
      '2026/11/23 16:29:10.410 raft: elected',
      '{"level":"info","ts":"2026-11-23T17:29:10.410+0100","msg":"x"}',
      '2026-11-23 16:29:10,410 [main] WARN',
    ])
      expect(stampOf(text), text).toBeCloseTo(at, 3);
    expect(stampOf('no time at all')).toBeNull();
  });

  it('are put on the time axis, by the start of the run or by the clock of the simulator', () => {
    const excerpt = (wallMs: number) => [
      {
        node: 'n1',
        path: 'logs/n1/out',
        bytes: 1,
        lines: [],
        partial: false,
        timed: [{ number: 1, text: 'x', crash: false, wallMs }],
      },
    ];
    const started = Date.parse('2026-11-23T16:29:00.000Z');
    expect(placeLines(excerpt(started + 1500), started, 10e9)[0]!.atNs).toBe(1.5e9);
    expect(placeLines(excerpt(Date.UTC(2026, 0) + 2500), started, 10e9)[0]!.atNs).toBe(2.5e9);
    expect(placeLines(excerpt(started + 3600e3), started, 10e9)).toEqual([]);
    // What was made ready before the first moment of the run is not part of its time.
    expect(zeroOf('2026-11-23T16:29:00.000Z', '2026-11-23T16:29:13.000Z', 12_000)).toBe(started + 1000);
    expect(zeroOf('2026-11-23T16:29:00.000Z', '', null)).toBe(started);
  });

  it('are shown with those first that look like a crash', () => {
    const lines = (crash: boolean) => [{ number: 1, text: 'panic: here', crash }];
    const log = (node: string, crash: boolean) => ({
      node,
      path: node,
      bytes: 9,
      lines: lines(crash),
      partial: false,
    });
    const text = words(logSection({ ...registerModel(), logs: [log('n1', false), log('n2', true)] }));
    expect(text.indexOf('n2')).toBeLessThan(text.indexOf('n1'));
    expect(text).toContain('1 line looks like a crash.');
  });
});
