import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  formatRate,
  formatSize,
  parseDuration,
  parseRate,
  parseSize,
} from '../../../harness/config/units.ts';
import { UsageError } from '../../../harness/registry.ts';

describe('durations', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.nat(1e9), (us) => {
        expect(parseDuration(formatDuration(us / 1000))).toBeCloseTo(us / 1000, 6);
      }),
    );
  });
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
    ['250us', 0.25],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(parseDuration(formatDuration(ms))).toBe(ms);
  });
  it('asks for the unit', () => {
    for (const text of ['30', '1.5']) {
      try {
        parseDuration(text);
        expect.unreachable();
      } catch (error) {
        expect((error as UsageError).message).toBe(`${text} has no unit`);
        expect((error as UsageError).hint).toContain(`${text}s`);
      }
    }
    for (const text of ['', 's', '3 s', '-3s', '3sec', '3s4'])
      expect(() => parseDuration(text)).toThrow(UsageError);
  });
  it('is brief', () => {
    expect(formatDuration(90_000)).toBe('1m30s');
    expect(formatDuration(0)).toBe('0s');
    expect(formatDuration(1500)).toBe('1s500ms');
  });
});

describe('rates', () => {
  it.each([
    ['200/s', 200],
    ['1.5k/s', 1500],
    ['30/m', 0.5],
    [50, 50],
    ['50', 50],
  ])('%s is %d per second', (text, perSecond) => {
    expect(parseRate(text)).toBe(perSecond);
    expect(parseRate(formatRate(perSecond))).toBe(perSecond);
  });
  it('refuses nonsense', () => {
    for (const text of ['fast', '0/s', 0, -1, '3/d']) expect(() => parseRate(text)).toThrow('is not a rate');
  });
});

describe('sizes', () => {
  it('knows decimal and binary units', () => {
    expect(parseSize('512MB')).toBe(512_000_000);
    expect(parseSize('2GiB')).toBe(2 ** 31);
    expect(parseSize('100b')).toBe(100);
    expect(() => parseSize('12')).toThrow('is not a size');
    expect(() => parseSize('12 apples')).toThrow('is not a size');
  });
  it('shows three digits', () => {
    expect(formatSize(999)).toBe('999 B');
    expect(formatSize(123_456)).toBe('123 kB');
    expect(formatSize(1_234_567)).toBe('1.23 MB');
    expect(formatSize(12e12)).toBe('12000 GB');
  });
});
