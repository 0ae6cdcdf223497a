import { describe, expect, it } from 'vitest';
import { markdown } from '../../reports/markdown.ts';
import { bullyModel, registerModel } from './fixtures.ts';

describe('markdown', () => {
  it('says what broke and how to see it again', async () => {
    const text = markdown(bullyModel());
    expect(text).toContain('faultline demo --seed 7');
    await expect(text).toMatchFileSnapshot('../golden/markdown-split-brain.md');
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
