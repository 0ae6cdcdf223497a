import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cells, cutTo, padTo, plain, wrap } from '../../../reports/terminal/text.ts';

describe('plain', () => {
  it('drops whole escape sequences', () => {
    expect(plain('a\u001b[31mb\u001b[0mc')).toBe('abc');
    expect(plain('\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\')).toBe('link');
    expect(plain('\u001bPq#0\u001b\\x')).toBe('x');
  });

  it('leaves nothing that moves a cursor, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plain(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

describe('widths', () => {
  it('counts cells', () => {
    expect(cells('abc')).toBe(3);
    expect(cells('日本')).toBe(4);
    expect(cells('e\u0301')).toBe(1);
    expect(cells('🔥')).toBe(2);
  });

  it('never cuts to more than asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, width) => {
        const clean = plain(text);
        expect(cells(cutTo(clean, width))).toBeLessThanOrEqual(width);
        expect(cells(padTo(cutTo(clean, width), width))).toBe(width);
      }),
    );
  });

  it('keeps the thousands of a number on one line', () => {
    expect(wrap('lost 12 345 of 7 800', 8)).toEqual(['lost', '12 345', 'of 7 800']);
    expect(wrap('in 12 3456 steps', 6)).toEqual(['in 12', '3456', 'steps']);
  });

  it('wraps without losing a letter', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z日]{1,30}$/)), (words) => {
        const text = words.join(' ');
        const lines = wrap(text, 12);
        expect(lines.every((line) => cells(line) <= 12)).toBe(true);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});
