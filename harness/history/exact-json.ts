/**
 * JSON without loss: integers beyond 2^53 become strings of their digits instead of a rounded double. Two
 * different 64-bit ids must never look equal to a checker.
 */
import type { Json } from '../op.ts';

const LONG_DIGITS = /\d{16}/;
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Like JSON.parse, but an integer that a double cannot hold is a string; throws SyntaxError. */
export function parseExact(text: string): Json {
  if (!LONG_DIGITS.test(text)) return JSON.parse(text) as Json;
  // First as it stands: errors keep their positions, and quoting cannot make wrong text right.
  JSON.parse(text);
  const quoted = text.replaceAll(TOKENS, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
  return JSON.parse(quoted) as Json;
}
