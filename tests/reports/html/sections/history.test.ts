import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assembleModel } from '../../../../reports/assemble.ts';
import { differences, summaryOfFile } from '../../../../reports/html/app/compare-summaries.ts';
import { historySection, newsOf, trendStrip } from '../../../../reports/html/sections/history.ts';
import { verdictSection } from '../../../../reports/html/sections/verdict.ts';
import { summaryOf } from '../../../../reports/html/summary.ts';
import type { Sibling } from '../../../../reports/model.ts';
import { readSiblings } from '../../../../reports/siblings.ts';
import { bullyModel, bullyParts, endingParts } from '../../fixtures.ts';

const words = (markup: { text: string }): string => markup.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

const sibling = (id: string, verdict: Sibling['verdict'], own = false): Sibling => ({
  id,
  own,
  verdict,
  sentence: `ended ${verdict}`,
  started: `2026-11-${id}T00:00:00Z`,
  seed: '7',
  commit: '4e1d0c9',
  operations: 1000,
  ok: 990,
  durationMs: 12_000,
  p99Ms: 4.5,
});

describe('other runs of the same name', () => {
  it('are a strip with links to those before and after, and a table', () => {
    const siblings = [
      sibling('01', 'pass'),
      sibling('02', 'pass'),
      sibling('03', 'fail', true),
      sibling('04', 'pass'),
    ];
    const model = { ...bullyModel(), siblings };
    const strip = trendStrip(model);
    expect(strip.text).toContain('href="../02/report.html"');
    expect(strip.text).toContain('href="../04/report.html"');
    expect(words(strip)).toContain('new: the run before ended pass');
    expect(words(verdictSection(model))).toContain('runs of this name');
    const table = words(historySection(model));
    expect(table).toContain('this run');
    expect(table).toMatch(/4e1d0c9 1 000 99\.0% 4\.5 ms 12 s ended pass/);
  });

  it('say how long it has been so', () => {
    const runs = (...verdicts: Sibling['verdict'][]): Sibling[] =>
      verdicts.map((verdict, i) => sibling(`0${i}`, verdict));
    expect(newsOf(runs('fail', 'pass', 'pass'), 2)).toBe('the 2nd in a row');
    expect(newsOf(runs('pass', 'pass', 'pass'), 2)).toBe('as all 3');
    expect(newsOf(runs('pass', null, 'fail'), 2)).toBe('new: the run before ended pass');
    expect(newsOf(runs('fail'), 0)).toBe('');
  });

  it('are said to be none', () => {
    expect(trendStrip(bullyModel()).text).toBe('');
    expect(words(historySection(bullyModel()))).toContain('No other run of this name');
  });

  it('are read from the folders beside, unjudged and torn ones too', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'faultline-siblings-'));
    try {
      for (const [name, verdict] of [
        ['a', '{"verdict":"pass","counts":{"invoked":9,"ok":8}}'],
        ['b', ''],
        ['c', '{'],
      ] as const) {
        mkdirSync(join(dir, name));
        writeFileSync(join(dir, name, 'run.json'), JSON.stringify({ started: name, seed: 3 }));
        if (verdict !== '') writeFileSync(join(dir, name, 'verdict.json'), verdict);
      }
      mkdirSync(join(dir, 'none'));
      // What another run was given as its folder.
      mkdirSync(join(dir, 'other'));
      writeFileSync(join(dir, 'other', 'run.json'), JSON.stringify({ started: 'd', name: 'another' }));
      const found = await readSiblings(join(dir, 'b'));
      expect(found.map(({ id, own, verdict }) => [id, own, verdict])).toEqual([
        ['a', false, 'pass'],
        ['b', true, null],
        ['c', false, null],
      ]);
      expect(found[0]).toMatchObject({ operations: 9, ok: 8, seed: '3' });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('two runs compared in the page', () => {
  it('are the same when they are the same', () => {
    const model = bullyModel();
    const other = summaryOfFile({
      ...(bullyParts().verdict as object),
      counts: {
        invoked: model.counts.total,
        ok: model.counts.ok,
        fail: model.counts.fail,
        info: 0,
        errors: { 'not-leader': model.counts.fail },
      },
    })!;
    expect(differences(summaryOf(model), other).rows).toEqual([]);
  });

  it('are told where they differ', () => {
    const other = summaryOfFile({
      verdict: 'pass',
      checkers: { 'election-safety': { verdict: 'pass', anomalies: [] } },
    })!;
    const { rows } = differences(summaryOf(bullyModel()), other);
    expect(rows).toContainEqual(['verdict', 'fail', 'pass']);
    expect(rows).toContainEqual(['checker election-safety', 'fail: split-brain', 'pass']);
  });

  it('need a verdict.json', () => {
    for (const value of [null, 3, [], {}, { verdict: 'pass' }]) expect(summaryOfFile(value)).toBeNull();
  });
});

describe('a pass', () => {
  it('says what was not tested', () => {
    const model = assembleModel(endingParts('pass'));
    const skipped = [{ what: 'clock.skew', reason: 'no clock mechanism', fix: '' }];
    expect(words(verdictSection({ ...model, skipped, faults: [] }))).toMatch(
      /Not tested .*none was planned .*clock\.skew: no clock/,
    );
  });

  it('names the kinds of trouble of which nothing was tried', () => {
    const { verdict, ...rest } = assembleModel({ ...bullyParts(), verdict: undefined });
    expect(verdict).toBe('broken');
    const said = words(verdictSection({ ...rest, verdict: 'pass' }));
    expect(said).toMatch(/Not tested lost and late messages, crashes, pauses, wrong clocks, failing disks/);
    expect(said).not.toMatch(/tested [^.]*partitions/);
  });
});
