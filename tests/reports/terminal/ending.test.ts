import { describe, expect, it } from 'vitest';
import { assembleModel } from '../../../reports/assemble.ts';
import { endingText } from '../../../reports/terminal/reporter.ts';
import { cells } from '../../../reports/terminal/text.ts';
import { bullyModel, bullyParts, endingParts, GATES, registerModel } from '../fixtures.ts';

const PLAIN = { colour: false, ascii: false };
const golden = (name: string): string => `../../golden/terminal/${name}.txt`;

describe('the last screen', () => {
  it('of a split brain', async () => {
    await expect(endingText(bullyModel(), 100, PLAIN, 0)).toMatchFileSnapshot(golden('ending-split-brain'));
  });

  it('of a stale read, in ASCII on 80 columns', async () => {
    const text = endingText(registerModel(), 80, { colour: false, ascii: true });
    expect(text).toMatch(/^[\n -~]*$/);
    await expect(text).toMatchFileSnapshot(golden('ending-register-ascii'));
  });

  it('in colour', async () => {
    await expect(endingText(registerModel(), 100, { colour: true, ascii: false })).toMatchFileSnapshot(
      golden('ending-register-colour'),
    );
  });

  it.each(['pass', 'unknown', 'vacuous', 'broken'] as const)('of %s', async (verdict) => {
    const text = endingText(assembleModel(endingParts(verdict)), 100, PLAIN);
    expect(text).toContain(verdict.toUpperCase());
    await expect(text).toMatchFileSnapshot(golden(`ending-${verdict}`));
  });

  it('wraps its gates instead of cutting one off', () => {
    const gates = [...GATES, ...GATES, ...GATES, ...GATES].map((gate, i) => ({
      ...(gate as object),
      name: `gate-number-${i}`,
      holds: true,
    }));
    const file = endingParts('pass');
    const model = assembleModel({ ...file, verdict: { ...(file.verdict as object), gates } });
    const text = endingText(model, 80, PLAIN);
    for (const { name } of gates) expect(text).toContain(`${name} ✓`);
  });

  it('fits 24 x 80, except for what is to be copied', () => {
    const lines = endingText(registerModel(), 80, PLAIN).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    const copied = /^(report|run|again|judge)/;
    for (const line of lines) if (!copied.test(line)) expect(cells(line)).toBeLessThanOrEqual(80);
  });

  it('of a history that was only judged has one command, with its flags', () => {
    const parts = bullyParts();
    const repro = 'faultline check history.edn --model register';
    const text = endingText(
      assembleModel({ ...parts, verdict: { ...(parts.verdict as object), repro } }),
      100,
      PLAIN,
    );
    expect(text).toMatch(
      /^judge +faultline check history\.edn --model register {3}same history, no cluster$/m,
    );
    expect(text).not.toMatch(/^again/m);
  });

  it('leaves gates away where no load began, and says each note once', () => {
    const parts = endingParts('broken');
    const file = parts.verdict as { gates: object[]; notes?: string[] };
    const torn = 'history.jsonl:7 is torn';
    const shown = (...phases: string[]): string => {
      const spans = phases.map((phase) => ({ phase, fromNs: 0, toNs: 1 }));
      const verdict = { ...file, gates: GATES, phases: spans, notes: [torn, torn] };
      return endingText(assembleModel({ ...parts, verdict, problems: [torn] }), 100, PLAIN);
    };
    expect(shown('setup', 'load')).toMatch(/^gates +operations/m);
    expect(shown('setup')).not.toMatch(/gates|not so:/);
    expect(shown('setup').split(torn)).toHaveLength(2);
  });

  it('says interrupted, and names what was missing', () => {
    const parts = bullyParts();
    const model = assembleModel({
      ...parts,
      run: { ...(parts.run as object), endedBy: 'interrupted' },
      problems: ['history.jsonl ends in a torn line'],
    });
    const text = endingText(model, 100, PLAIN);
    expect(text).toContain('(interrupted)');
    expect(text).toContain('torn line');
  });
});

describe('hostile text', () => {
  it('never reaches the terminal as control characters', () => {
    const parts = endingParts('broken');
    const evil = '\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u009b1;1H\u202eabc\r\nexit 0, pass\u0000';
    const verdict = { ...(parts.verdict as object), sentence: evil, notes: [evil], repro: evil };
    const text = endingText(assembleModel({ ...parts, verdict }), 100, PLAIN);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('redabc');
    expect(text.split('\n').filter((line) => line.startsWith('exit'))).toEqual(['exit 4, broken']);
  });
});
