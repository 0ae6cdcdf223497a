/**
 * JSON in which no integer is folded into its neighbour. An integer beyond 2^53, which `JSON.parse` would
 * round, becomes `{"$int": "9223372036854775807"}`; a number too large for a double becomes
 * `{"$float": "1e400"}`; writing turns both back into the number they came from. Everything else is plain.
 */
import type { Json } from '../op.ts';

/** Long enough to need care: 16 digits in a row, or a three-digit exponent. */
const SUSPECT = /\d{16}|[eE]\+?\d{3}/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Parses JSON text; throws SyntaxError as `JSON.parse` does. Texts without long numbers cost the same. */
export function parseLossless(text: string): Json {
  if (!SUSPECT.test(text)) return JSON.parse(text);
  JSON.parse(text); // for its errors: the rewriting below relies on valid text
  return JSON.parse(wrapNumbers(text, wrap));
}

/**
 * Parses JSON text so that `1` and `1.0` stay two values: a float without a fraction becomes `{"$float": "1.0"}`.
 * For whoever compares what others wrote; to everybody else both are the number one.
 */
export function parseExact(text: string): Json {
  if (!/\d[.eE]/.test(text)) return parseLossless(text);
  JSON.parse(text); // for its errors, as above
  return JSON.parse(wrapNumbers(text, (number) => wrap(number) ?? wrapWhole(number)));
}

function wrapWhole(number: string): string | null {
  const value = Number(number);
  return /[.eE]/.test(number) && Number.isSafeInteger(value) ? `{"$float":"${value}.0"}` : null;
}

/** Writes JSON text, wrapped numbers as numbers again. */
export function stringifyLossless(value: Json): string {
  const text = JSON.stringify(value);
  if (!text.includes('{"$int":') && !text.includes('{"$float":')) return text;
  return text.replaceAll(/\{"\$(?:int|float)":"(-?\d[\d.eE+-]*)"\}/g, '$1');
}

/** Replaces numbers outside of strings by what `wrap` makes of them, if anything. O(length). */
function wrapNumbers(text: string, replace: (number: string) => string | null): string {
  const parts: string[] = [];
  let copied = 0;
  for (let i = 0; i < text.length; ) {
    const c = text.charCodeAt(i);
    if (c === 34) i = stringEnd(text, i);
    else if (c === 45 || (c >= 48 && c <= 57)) {
      NUMBER.lastIndex = i;
      const number = NUMBER.exec(text)![0];
      const wrapped = replace(number);
      if (wrapped !== null) {
        parts.push(text.slice(copied, i), wrapped);
        copied = i + number.length;
      }
      i += number.length;
    } else i++;
  }
  parts.push(text.slice(copied));
  return parts.join('');
}

function wrap(number: string): string | null {
  const value = Number(number);
  if (!Number.isFinite(value)) return `{"$float":"${number}"}`;
  return /^-?\d+$/.test(number) && !Number.isSafeInteger(value) ? `{"$int":"${number}"}` : null;
}

/** Index after the string that opens at `start`, in valid JSON. */
export function stringEnd(text: string, start: number): number {
  let i = start + 1;
  for (;;) {
    const c = text.charCodeAt(i);
    if (c === 34) return i + 1;
    i += c === 92 ? 2 : 1;
  }
}
