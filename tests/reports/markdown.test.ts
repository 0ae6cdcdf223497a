import { describe, expect, it } from 'vitest';
import { markdown } from '../../reports/markdown.ts';
import { bullyModel, registerModel } from './fixtures.ts';

describe('markdown', () => {
  it('says what broke and how to see it again', async () => {
    const text = markdown(bullyModel());
    expect(text).toContain('faultline demo --seed 7');
    await expect(text).toMatchFileSnapshot('../golden/markdown-split-brain.md');
  });

  it('writes out the first finding of each kind, and counts the others', () => {
    const model = bullyModel();
    const [first] = model.findings;
    const again = { ...first!, anomaly: { ...first!.anomaly, sentence: 'the same once more' } };
    const other = { ...first!, anomaly: { ...first!.anomaly, kind: 'lost-write', sentence: 'another kind' } };
    const checkers = model.checkers.map((one, i) => ({ ...one, anomalyCount: i === 0 ? 3 : 0 }));
    const text = markdown({ ...model, checkers, findings: [first!, again, other] });
    expect(text).toContain('another kind');
    expect(text).not.toContain('the same once more');
    expect(text).toContain('1 more anomaly was found: see the report.');
  });

  it('cannot be taken over by what the run said', () => {
    const model = registerModel();
    const evil = '<img src=x onerror=alert(1)> @everyone [x](javascript:1)\n# heading ```';
    const text = markdown({
      ...model,
      sentence: evil,
      commands: { ...model.commands, again: `a\`\`\`\n${evil}` },
    });
    const prose = text.replace(/^(`{3,}).*\n[\s\S]*?\n\1$/gm, '');
    expect(prose).not.toMatch(/(^|[^\\])<img/);
    expect(prose).not.toContain('@everyone');
    expect(prose).not.toMatch(/^# heading/m);
    expect(prose).not.toMatch(/(^|[^\\`])`/);
  });
});
