import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONTROL,
  decodeControl,
  encodeSetting,
  offsetAt,
  REAL_TIME,
  type Setting,
  sameSetting,
  settingOffset,
  spread,
  toSetting,
} from '../../../../harness/cluster/clock/control-block.ts';

const ANCHOR = 1_700_000_000_000_000_000n;

describe('toSetting', () => {
  it('gives a jump', () => {
    const setting = toSetting({ offsetNs: -5e9 }, ANCHOR);
    expect(offsetAt(setting, ANCHOR)).toBe(-5_000_000_000n);
    expect(offsetAt(setting, ANCHOR + 10n ** 15n)).toBe(-5_000_000_000n);
  });

  it('gives a drift that is right to a nanosecond per second', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -900_000, max: 10_000_000 }),
        fc.integer({ min: 0, max: 3600 }),
        (ppm, s) => {
          const setting = toSetting({ offsetNs: 0, driftPpm: ppm }, ANCHOR);
          const gained = Number(offsetAt(setting, ANCHOR + BigInt(s) * 1_000_000_000n));
          expect(Math.abs(gained - ppm * 1000 * s)).toBeLessThanOrEqual(s + 1);
        },
      ),
    );
  });

  it('gives a strobe that begins right and is wrong in every second half', () => {
    const setting = toSetting({ offsetNs: 3, strobe: { deltaNs: 100, halfPeriodNs: 10 } }, ANCHOR);
    const shown = [0n, 9n, 10n, 19n, 20n, 30n].map((since) => offsetAt(setting, ANCHOR + since));
    expect(shown).toEqual([3n, 3n, 103n, 103n, 3n, 103n]);
  });

  it.each([
    [{ offsetNs: Number.POSITIVE_INFINITY }, /offsetNs/],
    [{ offsetNs: 1e19 }, /offsetNs/],
    [{ offsetNs: 0, driftPpm: Number.NaN }, /driftPpm/],
    [{ offsetNs: 0, driftPpm: -1_000_000 }, /driftPpm/],
    [{ offsetNs: 0, strobe: { deltaNs: 1, halfPeriodNs: -1 } }, /halfPeriodNs/],
    [{ offsetNs: 0, strobe: { deltaNs: Number.NaN, halfPeriodNs: 1 } }, /deltaNs/],
  ])('refuses %j', (skew, message) => {
    expect(() => toSetting(skew, ANCHOR)).toThrow(message);
  });
});

describe('the block', () => {
  const i64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
  const setting: fc.Arbitrary<Setting> = fc.record({
    offsetNs: i64,
    anchorNs: i64,
    rateQ32: i64,
    strobeDeltaNs: i64,
    strobeHalfNs: i64,
  });

  it('reads back the setting of the generation in use, whichever that is', () => {
    fc.assert(
      fc.property(setting, setting, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (a, b, generation) => {
        const block = Buffer.alloc(CONTROL.bytes);
        block.writeBigUInt64LE(generation, CONTROL.generation);
        encodeSetting(a).copy(block, settingOffset(generation));
        encodeSetting(b).copy(block, settingOffset(generation ^ 1n));
        const decoded = decodeControl(block);
        expect(decoded).toEqual({ generation, setting: a });
        expect(sameSetting(decoded.setting, a)).toBe(true);
      }),
    );
  });

  it('shows the real time when it is all zero', () => {
    expect(decodeControl(Buffer.alloc(CONTROL.bytes)).setting).toEqual(REAL_TIME);
    expect(offsetAt(REAL_TIME, ANCHOR)).toBe(0n);
  });
});

describe('spread', () => {
  it('is how far apart the offsets of a stretch are: nothing, what drifts, and a strobe that turns in it', () => {
    const since = (ms: number): bigint => ANCHOR + BigInt(ms) * 1_000_000n;
    const still = toSetting({ offsetNs: 5e9 }, ANCHOR);
    expect(spread(still, since(0), since(500))).toBe(0);
    const drifting = toSetting({ offsetNs: 0, driftPpm: -1000 }, ANCHOR);
    expect(spread(drifting, since(100), since(200)) / 1e5).toBeCloseTo(1, 2);
    const strobing = toSetting({ offsetNs: 0, strobe: { deltaNs: 40e6, halfPeriodNs: 10e6 } }, ANCHOR);
    expect(spread(strobing, since(11), since(19))).toBe(0);
    expect(spread(strobing, since(19), since(21))).toBe(40e6);
  });
});
