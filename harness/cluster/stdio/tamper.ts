/**
 * Changes one character of a message body so that it stays valid JSON: a digit of a number, or a letter or
 * digit inside a string value. What a checksum would not notice and a receiver must.
 */
import type { Rng } from '../../random.ts';

/** The body with one character changed; null when it holds nothing that can be changed. O(length). */
export function tamperBody(body: string, rng: Rng): string | null {
  const places = changeable(body);
  if (places.length === 0) return null;
  const at = rng.pick(places);
  const old = body[at]!;
  const alphabet = /\d/.test(old) ? '123456789' : /[a-z]/.test(old) ? LOWER : LOWER.toUpperCase();
  const others = [...alphabet].filter((c) => c !== old);
  return body.slice(0, at) + rng.pick(others) + body.slice(at + 1);
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz';

/** Positions of digits in integers and of letters and digits in string values (keys are left alone). */
function changeable(body: string): number[] {
  const places: number[] = [];
  const token = /"((?:[^"\\]|\\.)*)"(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  for (const match of body.matchAll(token)) {
    const [text, inside, colon] = match;
    if (colon !== undefined) continue;
    const quoted = inside !== undefined;
    if (quoted ? inside.includes('\\') : !/^-?\d+$/.test(text)) continue;
    for (let i = 0; i < text.length; i++) {
      if (quoted ? /[A-Za-z0-9]/.test(text[i]!) : /\d/.test(text[i]!)) places.push(match.index + i);
    }
  }
  return places;
}
