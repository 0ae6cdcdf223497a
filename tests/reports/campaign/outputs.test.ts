/**
 * What a CI server gets of a night: JUnit, Markdown, annotations; and that nothing a run said breaks out of them.
 */
import { describe, expect, it } from 'vitest';
import type { CampaignSummary } from '../../../harness/campaign/summary.ts';
import { annotations, MOST_ANNOTATIONS } from '../../../reports/campaign/github.ts';
import { campaignJunit } from '../../../reports/campaign/junit.ts';
import { campaignMarkdown, SUMMARY_BYTES } from '../../../reports/campaign/markdown.ts';
import { HOSTILE, sampleSummary } from './samples.ts';

function hostile(count = 1): CampaignSummary {
  const summary = sampleSummary();
  const bad = Array.from({ length: count }, (_, i) => ({
    ...summary.runs[0]!,
    ...{
      id: `${HOSTILE}#${i}`,
      scenario: `a/b/${HOSTILE}`,
      sentence: HOSTILE,
      repro: HOSTILE,
      kinds: [`k${i}`, HOSTILE],
    },
  }));
  return { ...summary, runs: bad, sentence: HOSTILE, command: HOSTILE, file: HOSTILE, notes: [HOSTILE] };
}

describe('JUnit', () => {
  it('has a suite for each row and a case for each run, none of them skipped', () => {
    const xml = campaignJunit(sampleSummary());
    expect(xml).toContain(
      '<testsuites name="faultline.nightly" tests="6" failures="1" errors="1" skipped="0"',
    );
    expect([...xml.matchAll(/<testsuite name="([^"]+)"/g)].map(([, name]) => name)).toEqual([
      'faultline.nightly.canary',
      'faultline.nightly.etcd.register',
      'faultline.nightly.etcd.set',
      'faultline.nightly.lww.last-write',
      'faultline.nightly.raft.register',
      'faultline.nightly.raft.set',
    ]);
    expect(xml).toContain(
      '<failure type="lost-write" message="a write was lost">a write was lost\n2 of 3 reproduce\n',
    );
    expect(xml).toContain('<error type="unknown" message="it ran out of memory">');
    expect(xml).not.toContain('<skipped');
  });

  it('has names without seed and date', () => {
    const names = [...campaignJunit(sampleSummary()).matchAll(/<testcase name="([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(names).toEqual([
      'linearizable',
      'storm #1',
      'storm #1',
      'storm (a seed that failed before)',
      'storm #1',
      'calm #1',
    ]);
  });

  it('is XML whatever a run said', () => {
    const xml = campaignJunit(hostile());
    expect(xml).not.toContain('<img');
    expect(xml.replaceAll(/<[^<>]*>/g, '')).not.toMatch(/[<>]/);
  });
});

describe('Markdown', () => {
  it('has the counts, the failures and what runs them again', () => {
    const text = campaignMarkdown(sampleSummary());
    expect(text).toContain('## nightly: FAIL');
    expect(text).toContain('| 1 | 0 | 1 | 0 | 3 |');
    expect(text).toContain(
      '### FAIL raft/register/storm, seed 7\n\na write was lost\n\nnew; 2 of 3 reproduce; ',
    );
    expect(text).toContain('faultline run nightly.yaml --scenario raft/register/storm --seed 7');
    expect(text).toContain('- Fixed: lww/last-write/storm.');
  });

  it('stays within what a server takes, and counts what it leaves out', () => {
    const text = campaignMarkdown(hostile(5_000));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(SUMMARY_BYTES);
    expect(text).toMatch(/\d+ more are in summary\.json/);
    expect(text).toContain('| 1 | 0 | 1 | 0 | 3 |');
    expect(Buffer.byteLength(campaignMarkdown(hostile(50), 900))).toBeLessThanOrEqual(900);
  });

  it('has no markup of a run', () => {
    const outside = campaignMarkdown(hostile()).replaceAll(/```text\n[\s\S]*?\n```/g, '');
    expect(outside).not.toMatch(/(?<!\\)<img/);
    expect(outside).not.toMatch(/@team/);
  });
});

describe('annotations', () => {
  it('are one for each class, on the line of the campaign', () => {
    const lines = annotations(sampleSummary(), () => 2);
    expect(lines).toEqual([
      '::error file=nightly.yaml,line=2,title=fail lost-write%2C raft/register/storm%2C new::a write was lost%0A2 of 3 reproduce%0Afaultline run nightly.yaml --scenario raft/register/storm --seed 7',
      '::warning file=nightly.yaml,line=2,title=unknown%2C etcd/set/storm%2C new unknown::it ran out of memory%0Afaultline run nightly.yaml --scenario raft/register/storm --seed 7',
    ]);
  });

  it('are few, and no text of a run is a command', () => {
    const lines = annotations(hostile(30), () => null);
    expect(lines.length).toBe(MOST_ANNOTATIONS);
    expect(lines.at(-1)).toContain('23 more classes');
    for (const line of lines) {
      expect(line).not.toMatch(/[\r\n]/);
      expect(line).toMatch(/^::(error|warning) [^:]*::/);
    }
  });
});
