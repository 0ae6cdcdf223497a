import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HistoryBuilder } from '../../../harness/history/builder.ts';
import type { Json } from '../../../harness/op.ts';
import { type Rng, Seed } from '../../../harness/random.ts';
import { assembleModel } from '../../../reports/assemble.ts';
import { htmlReport } from '../../../reports/html/build.ts';
import { COLUMN_NAMES, decodeRows, type MutableOpColumns } from '../../../reports/html/codec.ts';
import type { ReportModel } from '../../../reports/model.ts';

const OPERATIONS = 20_000;
const END_NS = OPERATIONS * 1e6;

/** Operations one after the other, with two anomalies: in the middle and among the very last. */
function planted(written: (rng: Rng, i: number) => Json, operations = OPERATIONS): ReportModel {
  const rng = Seed.of(3).rng();
  const builder = new HistoryBuilder();
  for (let i = 0; i < operations; i++) {
    const op = { process: i % 10, f: 'write', key: i % 7, node: `n${(i % 3) + 1}`, value: written(rng, i) };
    builder.add({ ...op, type: 'invoke', index: builder.length, time: i * 1e6 });
    builder.add({ ...op, type: 'ok', index: builder.length, time: i * 1e6 + 400_000 });
  }
  const anomaly = (at: number) => ({
    kind: 'stale-read',
    sentence: `planted at ${at}`,
    certainty: 'proved',
    ops: [at * 2, at * 2 + 2],
    steps: [],
  });
  const fault = {
    id: 'pause-1',
    fault: 'pause',
    mode: 'one',
    lane: 'process',
    nodes: ['n1'],
    state: 'installed',
    fromNs: 0.25 * operations * 1e6,
    toNs: 0.26 * operations * 1e6,
  };
  const anomalies = [anomaly(operations / 2), anomaly(operations - 2)];
  return assembleModel({
    folder: '',
    run: { name: 'big', nodes: ['n1', 'n2', 'n3'] },
    verdict: {
      verdict: 'fail',
      sentence: 'planted',
      faults: [fault],
      checkers: { linearizable: { verdict: 'fail', anomalies } },
    },
    history: builder.build(),
    logs: [],
    problems: [],
  });
}

interface Read {
  bytes: number;
  text: string;
  overview: { rows: number; total: number; findings: { rows: number[] }[]; rate: { ok: number[] } };
  columns: MutableOpColumns;
  texts: string[];
}

/** What a page of at most so many bytes holds. */
function pageOf(model: ReportModel, bytes: number): Read {
  const text = [...htmlReport(model, { bytes })].join('');
  const overview = JSON.parse(/id="overview">(.*?)<\/script>/.exec(text)![1]!) as Read['overview'];
  const columns = Object.fromEntries(
    COLUMN_NAMES.map((name) => [name, new Float64Array(overview.rows)]),
  ) as unknown as MutableOpColumns;
  const texts: string[] = [];
  let at = 0;
  for (const [, rows, data, words] of text.matchAll(/class="rows" data-rows="(\d+)">(\S*) (\S*)</g)) {
    decodeRows(inflateRawSync(Buffer.from(data!, 'base64')), Number(rows), columns, at);
    texts.push(...(JSON.parse(inflateRawSync(Buffer.from(words!, 'base64')).toString()) as string[]));
    at += Number(rows);
  }
  expect(at).toBe(overview.rows);
  return { bytes: Buffer.byteLength(text), text, overview, columns, texts };
}

const starts = ({ columns, overview }: Read): number[] =>
  Array.from({ length: overview.rows }, (_, i) => columns.start[i]! / 1000);

/** 200 characters that nothing makes shorter. */
const random = (rng: Rng): string =>
  Array.from({ length: 200 }, () => String.fromCharCode(33 + rng.int(0, 90))).join('');

describe('a page with a limit of bytes', () => {
  it.each([
    ['values that do not deflate', (rng: Rng): Json => random(rng), 600_000],
    [
      'reads of long lists',
      (_: Rng, i: number): Json =>
        Array.from({ length: 90 }, (_, n) => (i * 7919 + n * n * 104_729) % 100_003),
      600_000,
    ],
  ])('holds %s to it, with anomalies, edges of faults and the whole run', (_name, written, limit) => {
    const model = planted(written);
    const read = pageOf(model, limit);
    expect(read.bytes).toBeLessThanOrEqual(limit);
    // It is not wasted either.
    expect(read.bytes).toBeGreaterThan(limit * 0.7);
    expect(read.overview.total).toBe(OPERATIONS);
    expect(read.text).toMatch(/this page holds [\d ]+ of 20 000 operations: all of anomalies/);
    for (const [i, at] of [OPERATIONS / 2, OPERATIONS - 2].entries()) {
      const { rows } = read.overview.findings[i]!;
      expect(rows.map((row) => read.columns.index[row])).toEqual([at * 2, at * 2 + 2]);
      // Their values are there, whole.
      for (const row of rows)
        expect(read.texts[(read.columns.value[row]! - 2) / 2]!.length).toBeGreaterThan(190);
    }
    const kept = new Set(starts(read).map(Math.round));
    // A window around each anomaly, and both edges of the fault.
    for (let n = -10; n <= 10; n++) expect(kept).toContain(OPERATIONS / 2 + n);
    for (let n = -10; n < 2; n++) expect(kept).toContain(OPERATIONS - 2 + n);
    for (const edge of [0.25, 0.26]) expect(kept).toContain(OPERATIONS * edge);
    // An even sample: no twentieth of the run is without operations, or has many more than another without a reason.
    const twentieths = new Array<number>(20).fill(0);
    for (const start of kept) twentieths[Math.floor((start / OPERATIONS) * 20)]!++;
    const plain = twentieths.filter((_, i) => ![4, 5, 9, 10, 19].includes(i));
    expect(Math.min(...plain)).toBeGreaterThan(5);
    expect(Math.max(...plain) - Math.min(...plain)).toBeLessThanOrEqual(2);
    // The strip of the whole run counts every operation.
    expect(read.overview.rate.ok.reduce((sum, n) => sum + n, 0)).toBe(OPERATIONS);
  });

  it('holds everything when everything fits, and says nothing', () => {
    const read = pageOf(
      planted((_, i) => i),
      1_000_000,
    );
    expect(read.overview.rows).toBe(OPERATIONS);
    expect(starts(read)).toEqual(Array.from({ length: OPERATIONS }, (_, i) => i));
    expect(read.text).not.toContain('this page holds');
  });

  it('gives up what is around anomalies, then the length of values, before any operation of an anomaly', () => {
    const bare = pageOf(planted(random, 4), 1e9).bytes;
    const least = pageOf(planted(random, 2000), bare + 6000);
    expect(least.bytes).toBeLessThanOrEqual(bare + 6000);
    for (const { rows } of least.overview.findings) expect(rows).toHaveLength(2);
    expect(least.overview.rows).toBeGreaterThan(3);
  });

  it('ends at the end of the run', () => {
    const read = pageOf(planted(random), 400_000);
    expect(Math.max(...starts(read))).toBeGreaterThan(END_NS / 1e6 - 200);
  });
});
