/**
 * The control block at the start of the shim (struct control in shim/shim.c): how a skew becomes the five numbers
 * the shim computes with, how they are read back, and the same computation here, to say what a process must see.
 */
import type { ClockSkew } from '../../contracts.ts';

/** Where things sit in the block, in bytes; mirrors shim.c and shim.ld. */
export const CONTROL = {
  generation: 8,
  original: 16,
  entries: 24,
  settings: 40,
  settingBytes: 40,
  bytes: 120,
} as const;

/** First eight bytes of every patched vDSO's control block, and of the blob. */
export const CONTROL_MAGIC = 'FLCLOCK1';

/** A skew in the shim's terms; all times in nanoseconds of the real CLOCK_REALTIME. */
export interface Setting {
  offsetNs: bigint;
  /** Instant from which drift and strobe count. */
  anchorNs: bigint;
  /** Gained per nanosecond, times 2^32. */
  rateQ32: bigint;
  strobeDeltaNs: bigint;
  /** 0: no strobe. */
  strobeHalfNs: bigint;
}

/** The setting that shows the real time. */
export const REAL_TIME: Setting = {
  offsetNs: 0n,
  anchorNs: 0n,
  rateQ32: 0n,
  strobeDeltaNs: 0n,
  strobeHalfNs: 0n,
};

const PPM_TO_Q32 = 2 ** 32 / 1e6;

/**
 * Translates a skew that counts from `anchorNs`. The rate is kept to 2^-32 (0.0002 ppm). Throws `RangeError` on
 * numbers that are not finite, a half period below 1 ns, or a drift that would stop or reverse the clock.
 */
export function toSetting(skew: ClockSkew, anchorNs: bigint): Setting {
  const { offsetNs, driftPpm = 0, strobe } = skew;
  const limited = (name: string, value: number): bigint => {
    if (!Number.isFinite(value) || Math.abs(value) > 2 ** 62) {
      throw new RangeError(`clock skew: ${name} must be a finite number of nanoseconds, not ${value}`);
    }
    return BigInt(Math.round(value));
  };
  if (!Number.isFinite(driftPpm) || driftPpm <= -1e6 || driftPpm > 1e9) {
    throw new RangeError(`clock skew: driftPpm must be above -1000000 and at most 1e9, not ${driftPpm}`);
  }
  if (strobe !== undefined && !(strobe.halfPeriodNs >= 1)) {
    throw new RangeError(`clock skew: strobe.halfPeriodNs must be at least 1, not ${strobe.halfPeriodNs}`);
  }
  return {
    offsetNs: limited('offsetNs', offsetNs),
    anchorNs,
    rateQ32: BigInt(Math.round(driftPpm * PPM_TO_Q32)),
    strobeDeltaNs: strobe === undefined ? 0n : limited('strobe.deltaNs', strobe.deltaNs),
    strobeHalfNs: strobe === undefined ? 0n : limited('strobe.halfPeriodNs', strobe.halfPeriodNs),
  };
}

/** Offset from the real time that the shim shows at the real instant `realNs`: the computation of `skew` in shim.c. */
export function offsetAt(setting: Setting, realNs: bigint): bigint {
  const since = realNs - setting.anchorNs;
  let offset = setting.offsetNs + ((since * setting.rateQ32) >> 32n);
  if (setting.strobeHalfNs > 0n && ((since / setting.strobeHalfNs) & 1n) === 1n)
    offset += setting.strobeDeltaNs;
  return offset;
}

/** How far apart the offsets are that a setting shows between two real instants, ns. O(1). */
export function spread(setting: Setting, fromNs: bigint, toNs: bigint): number {
  const { strobeHalfNs, strobeDeltaNs } = setting;
  const drift = ((toNs - fromNs) * setting.rateQ32) >> 32n;
  const turns =
    strobeHalfNs > 0n &&
    (fromNs - setting.anchorNs) / strobeHalfNs !== (toNs - setting.anchorNs) / strobeHalfNs;
  return Math.abs(Number(drift)) + (turns ? Math.abs(Number(strobeDeltaNs)) : 0);
}

/** The bytes of one setting. */
export function encodeSetting(setting: Setting): Buffer {
  const bytes = Buffer.alloc(CONTROL.settingBytes);
  bytes.writeBigInt64LE(setting.offsetNs, 0);
  bytes.writeBigInt64LE(setting.anchorNs, 8);
  bytes.writeBigInt64LE(setting.rateQ32, 16);
  bytes.writeBigInt64LE(setting.strobeDeltaNs, 24);
  bytes.writeBigInt64LE(setting.strobeHalfNs, 32);
  return bytes;
}

/** The generation and the setting in use, from the bytes of a control block. */
export function decodeControl(block: Buffer): { generation: bigint; setting: Setting } {
  const generation = block.readBigUInt64LE(CONTROL.generation);
  const at = settingOffset(generation);
  return {
    generation,
    setting: {
      offsetNs: block.readBigInt64LE(at),
      anchorNs: block.readBigInt64LE(at + 8),
      rateQ32: block.readBigInt64LE(at + 16),
      strobeDeltaNs: block.readBigInt64LE(at + 24),
      strobeHalfNs: block.readBigInt64LE(at + 32),
    },
  };
}

/** Where in the block the setting that a generation selects sits. */
export function settingOffset(generation: bigint): number {
  return CONTROL.settings + Number(generation & 1n) * CONTROL.settingBytes;
}

/** Do two settings show the same clock at every instant? */
export function sameSetting(a: Setting, b: Setting): boolean {
  return (
    a.offsetNs === b.offsetNs &&
    a.anchorNs === b.anchorNs &&
    a.rateQ32 === b.rateQ32 &&
    a.strobeDeltaNs === b.strobeDeltaNs &&
    a.strobeHalfNs === b.strobeHalfNs
  );
}
