import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleModel } from '../../reports/assemble.ts';
import { junitXml } from '../../reports/junit.ts';
import { bullyModel, endingParts, registerModel } from './fixtures.ts';

describe('junitXml', () => {
  it('types a failure by its anomaly and names how to run it again', async () => {
    const xml = junitXml(bullyModel(), { reportPath: 'runs/report.html' });
    expect(xml).toContain('<failure type="split-brain"');
    expect(xml).toContain('<property name="repro" value="faultline demo --seed 7"/>');
    expect(xml).toContain('<property name="report" value="runs/report.html"/>');
    expect(xml).toContain('tests="5" failures="1" errors="0"');
    await expect(xml).toMatchFileSnapshot('../golden/junit-split-brain.xml');
  });

  it.each([
    ['broken', /<error type="broken"/],
    ['unknown', /<error type="unknown"/],
    ['vacuous', /<failure type="vacuous"/],
  ] as const)('maps %s and never skips', (verdict, pattern) => {
    const xml = junitXml(assembleModel(endingParts(verdict)));
    expect(xml).toMatch(pattern);
    expect(xml).not.toContain('<skipped');
  });

  it('has no failure in a pass', () => {
    expect(junitXml(assembleModel(endingParts('pass')))).toContain('failures="0" errors="0"');
  });

  it('keeps names free of seed and date', () => {
    const names = (xml: string) => [...xml.matchAll(/(?:class)?name="([^"]*)"/g)].map((match) => match[1]);
    const other = { ...registerModel(), seed: '99', startedAt: '2027-01-01T00:00:00Z' };
    expect(names(junitXml(other))).toEqual(names(junitXml(registerModel())));
  });

  it('is XML whatever the run said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (evil) => {
        const xml = junitXml({ ...registerModel(), sentence: evil, system: evil, verdict: 'broken' });
        expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
        const bare = xml.replace(/<[^<>]*>/g, '').replace(/&(amp|lt|gt|quot);/g, '');
        expect(bare).not.toMatch(/[<>&]/);
      }),
      { numRuns: 30 },
    );
    const hostile = junitXml({
      ...registerModel(),
      sentence: ']]></failure><script>"&\u0001\ud800',
      verdict: 'broken',
    });
    expect(hostile).toContain('message="]]&gt;&lt;/failure&gt;&lt;script&gt;&quot;&amp;"');
  });
});
