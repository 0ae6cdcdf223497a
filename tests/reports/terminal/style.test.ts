import { describe, expect, it } from 'vitest';
import { paint, span, sparkline, wantsColour } from '../../../reports/terminal/style.ts';

describe('wantsColour', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ TERM: 'dumb' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: 'false' }, true, false],
  ])('%o on a terminal: %s -> %s', (env, isTTY, expected) => {
    expect(wantsColour(env, isTTY)).toBe(expected);
  });
});

describe('paint', () => {
  it('cuts by cells and never inside a colour', () => {
    const text = paint([span('abc', 'good'), span('defgh', 'bad')], 6, { colour: true, ascii: false });
    expect(text).toBe('\u001b[32mabc\u001b[0m\u001b[31;1mde…\u001b[0m');
  });

  it('draws in ASCII when asked', () => {
    expect(paint([span('✖ a ┊ b ▂█ é')], 40, { colour: false, ascii: true })).toBe('x a | b .# ?');
  });
});

describe('sparkline', () => {
  it('is relative to the largest value', () => {
    expect(sparkline([0, 50, 100])).toBe('▁▄█');
    expect(sparkline([0, 0])).toBe('▁▁');
  });
});
