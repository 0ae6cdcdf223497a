/**
 * The page of a night: self-contained, readable, and closed to whatever a run said.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CampaignSummary } from '../../../../harness/campaign/summary.ts';
import { campaignHtml } from '../../../../reports/campaign/html/page.ts';
import { reportLink } from '../../../../reports/campaign/html/parts.ts';
import { NIGHT } from '../../../../reports/campaign/html/style.ts';
import { HOSTILE, sampleSummary } from '../samples.ts';

const text = (html: string): string =>
  html.replaceAll(/<style>[\s\S]*?<\/style>|<wbr>/g, '').replaceAll(/<[^>]*>/g, ' ');

describe('the page', () => {
  const page = campaignHtml(sampleSummary());

  it('has no script, no network and no style but its own', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|\son\w+=|https?:|@import|url\(/i);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)![1]!;
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!;
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
    expect(style).toContain(NIGHT);
    expect(style).toContain('prefers-color-scheme:dark');
  });

  it('says what a night came to, and what changed', () => {
    const said = text(page).replaceAll(/\s+/g, ' ');
    expect(said).toContain('1 scenario fails, 1 of them new: a write was lost');
    expect(said).toContain('1 new, 0 still failing, 1 fixed.');
    expect(said).toContain('passes what failed the last time, seed 41');
    expect(said).toContain('5 runs and 1 canary in 10 tries, 0.2 machine minutes, 1 000 operations judged');
    expect(said).toContain('1 of 1 planted bug caught');
  });

  it('puts failures before everything that explains them', () => {
    const order = [
      'id="verdict"',
      'id="changes"',
      'id="failures"',
      'id="matrix"',
      'id="trend"',
      'id="time"',
      'id="flakes"',
    ];
    const places = order.map((id) => page.indexOf(id));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(page).toContain('2 of 3 reproduce');
    expect(page).toContain('href="./runs/raft-register-storm.1/1/report.html"');
  });

  it('draws every night and every try, and has a cell for every scenario', () => {
    expect(page.match(/<rect class="b-[a-z]+[^>]*><title>2026-/g)).toHaveLength(6);
    expect(page.match(/<rect class="b-[a-z]+( again)?" [^>]*><title>(?!2026)/g)).toHaveLength(10);
    const matrix = page.slice(page.indexOf('id="matrix"'), page.indexOf('id="trend"'));
    expect(text(matrix)).toMatch(/raft\/register\s+·\s+✖\s+fail/);
    expect(matrix).toContain('title="not run"');
  });

  it('has the heads of numbers where the numbers are', () => {
    const numbers = (row: string, cell: 'th' | 'td'): boolean[] =>
      [...row.matchAll(new RegExp(`<${cell}\\b([^>]*)>`, 'g'))].map(([, more]) =>
        more!.includes('class="num'),
      );
    const tables = [...page.matchAll(/<table><thead>(.*?)<\/thead><tbody>(.*?)<\/tbody>/gs)];
    expect(tables.map(([, head]) => text(head!).trim().split(/\s+/)[0])).toEqual([
      ...['scenario', 'canaries', 'night', 'run', 'scenario', 'cell'],
    ]);
    for (const [, head, body] of tables)
      for (const row of body!.split('</tr>').filter(Boolean))
        expect(numbers(row, 'td'), text(head!)).toEqual(numbers(head!, 'th'));
    expect(numbers(tables[2]![1]!, 'th').filter(Boolean)).toHaveLength(7);
  });

  it('is well-formed: every element that is opened is closed', () => {
    const open: string[] = [];
    for (const [, slash, name, own] of page
      .replace(/<!doctype html>/, '')
      .matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/g)) {
      if (own === '/' || name === 'meta' || name === 'wbr') continue;
      if (slash === '') open.push(name!);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });
});

describe('a night whose runs say evil things', () => {
  it('shows them as text', () => {
    const plain = sampleSummary();
    const summary: CampaignSummary = {
      ...plain,
      ...{
        name: HOSTILE,
        sentence: HOSTILE,
        command: HOSTILE,
        commit: HOSTILE,
        seedSource: HOSTILE,
        notes: [HOSTILE],
      },
      runs: plain.runs.map((run) => ({
        ...run,
        id: HOSTILE,
        sentence: HOSTILE,
        repro: HOSTILE,
        kinds: [HOSTILE],
      })),
      scenarios: plain.scenarios.map((one) => ({
        ...one,
        name: `a/b/${HOSTILE}`,
        said: HOSTILE,
        state: 'new',
      })),
      spans: plain.spans.map((span) => ({ ...span, run: HOSTILE })),
      skipped: [{ id: HOSTILE, because: HOSTILE }],
      leftOut: [{ name: HOSTILE, because: HOSTILE }],
    };
    const page = campaignHtml(summary);
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it('links to paths and nothing else', () => {
    expect(reportLink({ folder: 'javascript:alert(1)//"><b' })).toBe(
      './javascript%3Aalert(1)//%22%3E%3Cb/report.html',
    );
  });
});

it('stays light: a thousand runs are one page of less than 2 MB', () => {
  const plain = sampleSummary();
  const many = <T>(items: readonly T[]): T[] =>
    Array.from({ length: 1_000 }, (_, i) => items[i % items.length]!);
  const page = campaignHtml({ ...plain, runs: many(plain.runs), spans: many(plain.spans) });
  expect(Buffer.byteLength(page)).toBeLessThan(2e6);
});

it('has something to say of a night without a run', () => {
  const page = campaignHtml(sampleSummary({ runs: [], scenarios: [], spans: [], nights: [] }));
  expect(page).toContain('id="verdict"');
  expect(page).not.toContain('NaN');
});
