import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, lookup, nearest, suggest, UsageError } from '../../harness/registry.ts';

describe('editDistance', () => {
  it('is a metric up to swaps, and zero only for equals', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
  it('counts a swap of neighbours as one', () => {
    expect(editDistance('minorty', 'minority')).toBe(1);
    expect(editDistance('bluly', 'bully')).toBe(1);
  });
});

describe('nearest', () => {
  const names = ['partition', 'pause', 'kill', 'clock'];
  it('finds slips and truncations, and does not guess wildly', () => {
    expect(nearest('partiton', names)).toBe('partition');
    expect(nearest('PAUSE', names)).toBe('pause');
    expect(nearest('part', names)).toBe('partition');
    expect(nearest('earthquake', names)).toBeNull();
    expect(nearest('x', [])).toBeNull();
  });
});

describe('lookup', () => {
  it('gives own entries only', () => {
    expect(lookup('system', { raft: 1 }, 'raft')).toBe(1);
    expect(() => lookup('system', { raft: 1 }, 'constructor')).toThrow('there is no system "constructor"');
  });
  it('names the nearest and all others', () => {
    try {
      lookup('system', { bully: 1, raft: 2 }, 'bluly');
      expect.unreachable();
    } catch (error) {
      expect((error as UsageError).format()).toBe(
        'there is no system "bluly"\n  did you mean "bully"?  one of: bully, raft',
      );
      expect((error as UsageError).exitCode).toBe(64);
    }
  });
  it('says when there is nothing to choose from', () => {
    expect(suggest('x', [])).toBe('none are available here');
  });
});

describe('UsageError', () => {
  it('formats place, excerpt, hint, and all problems', () => {
    const one = new UsageError('wrong', {
      file: 'a.yaml',
      line: 3,
      column: 5,
      excerpt: '  x\n  ^',
      hint: 'try y',
    });
    const two = new UsageError('bad', { file: 'a.yaml', line: 9 });
    expect(one.format()).toBe('a.yaml:3:5  wrong\n  x\n  ^\n  try y');
    expect(new UsageError('wrong', { all: [one, two] }).format()).toBe(`${one.format()}\na.yaml:9  bad`);
    expect(new UsageError('plain').format()).toBe('plain');
    expect(new UsageError('plain', { file: 'f' }).place).toBe('f');
  });
});
