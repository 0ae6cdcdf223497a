import { describe, expect, it } from 'vitest';
import { fill, fillText, templateNames } from '../../../harness/config/templates.ts';
import type { Json } from '../../../harness/op.ts';

const values: Record<string, Json> = { value: 7, key: 'k', from: null, to: [1, 'x'] };
const known = (name: string): Json | undefined => values[name];

describe('templates', () => {
  it('finds names, with blanks or without', () => {
    expect(templateNames('{{a}} and {{ b.c }} {not} {{}}')).toEqual(['a', 'b.c', '']);
  });
  it('puts a lone template in as the value itself, and text as text', () => {
    expect(fill({ v: '{{value}}', s: 'v={{value}}', '{{key}}': ['{{to}}', '{{from}}', 3] }, known)).toEqual({
      v: 7,
      s: 'v=7',
      k: [[1, 'x'], null, 3],
    });
  });
  it('leaves unknown names as they stand', () => {
    expect(fill('{{nope}}', known)).toBe('{{nope}}');
    expect(fillText('{{nope}}-{{key}}-{{to}}', known)).toBe('{{nope}}-k-[1,"x"]');
  });
  it('does not fill what it filled in', () => {
    expect(fillText('{{a}}', (name) => (name === 'a' ? '{{b}}' : 'no'))).toBe('{{b}}');
  });
});
