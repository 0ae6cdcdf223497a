import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Op } from '../../../harness/op.ts';
import { assembleModel } from '../../../reports/assemble.ts';
import { htmlReport } from '../../../reports/html/build.ts';
import { makeOverview } from '../../../reports/html/make-overview.ts';
import type { Overview, OverviewRest } from '../../../reports/html/overview.ts';
import { rowsOf } from '../../../reports/html/rows.ts';
import { OVERVIEW_BYTES, splitOverview } from '../../../reports/html/split-overview.ts';
import type { ReportModel } from '../../../reports/model.ts';
import { bullyModel, registerModel } from '../fixtures.ts';

/** Five nodes that change their minds in every probe. */
function flapping(probes: number): ReportModel {
  const lines: Op[] = [];
  for (let i = 0; i < probes; i++) {
    for (let n = 1; n <= 5; n++) {
      const op = { process: `observer:n${n}`, node: `n${n}`, f: 'leader' } as const;
      const leading = i % 5 === n - 1;
      const value = leading ? { leading, term: i } : { leading, leader: `n${(i % 5) + 1}`, term: i };
      const time = i * 1e8 + n * 1e6;
      lines.push({ ...op, type: 'invoke', value: null, index: lines.length, time });
      lines.push({ ...op, type: 'ok', value, index: lines.length, time: time + 1000 });
    }
  }
  return assembleModel({
    folder: '',
    run: { name: 'flapping', nodes: ['n1', 'n2', 'n3', 'n4', 'n5'] },
    history: historyOf(lines),
    logs: [],
    problems: [],
  });
}

const overviewOf = (model: ReportModel): Overview => makeOverview(model, rowsOf(model.history, new Set()));

describe('splitOverview', () => {
  it('leaves a small one as it is', () => {
    for (const model of [bullyModel(), registerModel()]) {
      const whole = overviewOf(model);
      expect(splitOverview(whole)).toEqual({ first: whole, rest: null });
    }
  });

  it('keeps the longest of many short beliefs for the first picture, and all of them beside it', () => {
    const whole = overviewOf(flapping(1000));
    expect(whole.beliefs).toHaveLength(5000);
    whole.beliefs[17]!.to = whole.beliefs[17]!.from + 5e6;
    const { first, rest } = splitOverview(whole);
    expect(JSON.stringify(first).length).toBeLessThanOrEqual(OVERVIEW_BYTES);
    expect(first.beliefs).toContain(whole.beliefs[17]);
    expect(first.beliefs.length).toBeGreaterThan(200);
    expect({ ...first, ...rest }).toEqual(whole);
  });

  it.each([
    [
      'errors',
      (o: Overview): unknown => (o.errors = Array.from({ length: 2000 }, (_, i) => `${i}`.repeat(60))),
    ],
    [
      'evidence',
      (o: Overview): unknown =>
        o.faults.map((fault) => Object.assign(fault, { evidence: 'x'.repeat(90_000) })),
    ],
    [
      'witnesses',
      (o: Overview): unknown =>
        o.findings.forEach((one) => {
          one.rows = Array.from({ length: 30_000 }, (_, i) => i);
          one.said = one.rows.map((row) => [row, 'may have']);
        }),
    ],
  ])('bounds %s', (_name, blowUp) => {
    const whole = overviewOf(registerModel());
    blowUp(whole);
    const { first, rest } = splitOverview(whole);
    expect(Buffer.byteLength(JSON.stringify(first))).toBeLessThanOrEqual(OVERVIEW_BYTES);
    expect({ ...first, ...rest }).toEqual(whole);
    expect(first.faults.map(({ from, to }) => [from, to])).toEqual(
      whole.faults.map(({ from, to }) => [from, to]),
    );
    expect(first.findings.map(({ rows }) => rows[0])).toEqual(whole.findings.map(({ rows }) => rows[0]));
  });

  it('travels in the page: what is first before the application, the rest after it', () => {
    const text = [...htmlReport(flapping(1000))].join('');
    const [, first] = /id="overview">(.*?)<\/script>/.exec(text)!;
    expect(Buffer.byteLength(first!)).toBeLessThanOrEqual(OVERVIEW_BYTES);
    const [, block] = /id="overview-rest">(.*?)<\/script>/.exec(text)!;
    const rest = JSON.parse(inflateRawSync(Buffer.from(block!, 'base64')).toString()) as OverviewRest;
    expect(rest.beliefs).toHaveLength(5000);
    expect(text.indexOf('id="overview"')).toBeLessThan(text.indexOf('id="overview-rest"'));
  });
});
