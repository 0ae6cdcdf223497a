/**
 * Durations, sizes and rates as people write them, always with a unit, to plain numbers and back.
 */
import { UsageError } from '../registry.ts';

/** A duration with its unit: `500ms`, `30s`, `2m`, `1m30s`. A bare number is refused. */
export type Duration = string;

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** What a duration looks like; also the pattern in the JSON schema. */
export const DURATION_PATTERN = '^(\\d+(\\.\\d+)?(us|ms|s|m|h))+$';
/** What a rate looks like when it is not a plain number. */
export const RATE_PATTERN = '^\\d+(\\.\\d+)?k?/(s|m|h)$';

/** Milliseconds of `500ms`, `30s`, `1m30s`. Throws `UsageError` saying what is missing. */
export function parseDuration(text: string): number {
  if (!new RegExp(DURATION_PATTERN).test(text)) {
    const unitless = /^\d+(\.\d+)?$/.test(text);
    throw new UsageError(unitless ? `${text} has no unit` : `"${text}" is not a duration`, {
      hint: unitless ? `write ${text}s, ${text}ms or ${text}m` : 'write 500ms, 30s, 2m or 1m30s',
    });
  }
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)) {
    ms += Number(amount) * MS_PER_UNIT[unit!]!;
  }
  return ms;
}

/** The shortest exact spelling: `1m30s`, `500ms`, `0s`. Below a microsecond is rounded. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms * 1000);
  if (rest === 0) return '0s';
  let out = '';
  for (const [unit, size] of [
    ['h', 3_600_000_000],
    ['m', 60_000_000],
    ['s', 1_000_000],
    ['ms', 1000],
    ['us', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) out += `${count}${unit}`;
    rest -= count * size;
  }
  return out;
}

/** Operations per second of `200/s`, `1k/s`, `30/m` or a plain number. Throws `UsageError`. */
export function parseRate(rate: string | number): number {
  const text = String(rate);
  const match = /^(\d+(?:\.\d+)?)(k?)(?:\/(s|m|h))?$/.exec(text);
  const perSecond =
    match === null
      ? Number.NaN
      : (Number(match[1]) * (match[2] === 'k' ? 1000 : 1)) / SECONDS_PER_UNIT[match[3] ?? 's']!;
  if (perSecond > 0) return perSecond;
  throw new UsageError(`"${text}" is not a rate`, { hint: 'write 200/s, 1k/s or 30/m' });
}

/** `200/s`, or `30/m` where that is the whole number. */
export function formatRate(perSecond: number): string {
  const perMinute = perSecond * 60;
  if (Number.isInteger(perSecond)) return `${perSecond}/s`;
  if (Math.abs(perMinute - Math.round(perMinute)) < 1e-9) return `${Math.round(perMinute)}/m`;
  return `${perSecond}/s`;
}

/** Bytes of `512MB`, `2GiB`, `100b`. Throws `UsageError`. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text);
  const unit = match === null ? undefined : BYTES_PER_UNIT[match[2]!.toLowerCase()];
  if (match === null || unit === undefined) {
    throw new UsageError(`"${text}" is not a size`, { hint: 'write 512MB, 2GiB or 100B' });
  }
  return Math.round(Number(match[1]) * unit);
}

/** A size for people: three significant digits and a decimal unit. */
export function formatSize(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 999.5 || unit === 'GB') {
      return `${unit === 'B' ? Math.round(value) : Number(value.toPrecision(3))} ${unit}`;
    }
    value /= 1000;
  }
  return `${bytes} B`;
}
