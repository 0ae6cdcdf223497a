/**
 * Reads one line a node wrote: who sent what to whom, and the body as the bytes it was written in. Bodies
 * are forwarded as they are, so a number or a key order that means something to nodes reaches them unchanged.
 *
 * Lines are strings with one character per byte (latin1): cheap to cut and to send on without loss.
 */
import type { Json } from '../../op.ts';
import { parseExact, parseLossless, stringEnd } from '../lossless-json.ts';

/** A message on its way. */
export interface Envelope {
  src: string;
  dest: string;
  /** Text of the body, one character per byte. */
  body: string;
  type: Json;
  msgId: Json;
  inReplyTo: Json;
}

/** Top-level keys the protocol knows. */
const KNOWN = new Set(['id', 'src', 'dest', 'body']);

/**
 * The envelope of a line, or in words what is wrong with it. `extra` names a top-level key that the protocol
 * does not know; the line is usable all the same. O(length).
 */
export function readEnvelope(line: string): { envelope: Envelope; extra?: string } | { wrong: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return { wrong: 'not JSON' };
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    return { wrong: 'not a JSON object' };
  }
  const { src, dest, body } = parsed as Record<string, Json>;
  if (typeof src !== 'string') return { wrong: `src is ${shown(src)}, not a string` };
  if (typeof dest !== 'string') return { wrong: `dest is ${shown(dest)}, not a string` };
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    return { wrong: `body is ${shown(body)}, not an object` };
  }
  const envelope: Envelope = {
    src,
    dest,
    body: bodyText(line),
    type: body['type'] ?? null,
    msgId: body['msg_id'] ?? null,
    inReplyTo: body['in_reply_to'] ?? null,
  };
  const extra = Object.keys(parsed).find((key) => !KNOWN.has(key));
  return extra === undefined ? { envelope } : { envelope, extra };
}

/** The line that carries a message to a node, newline included. */
export function writeEnvelope(id: number, envelope: Pick<Envelope, 'src' | 'dest' | 'body'>): string {
  return `{"id":${id},"src":"${envelope.src}","dest":"${envelope.dest}","body":${envelope.body}}\n`;
}

/** A body for the harness to read: decoded, and no integer rounded. */
export function parseBody(body: string): Record<string, Json> {
  return parseLossless(toText(body)) as Record<string, Json>;
}

/** The same with `1` and `1.0` as two values. */
export function parseExactBody(body: string): Record<string, Json> {
  return parseExact(toText(body)) as Record<string, Json>;
}

/** From one character per byte to text. */
export function toText(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

/** From text to one character per byte. */
export function toBytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

function isAscii(text: string): boolean {
  return !/[^\u0000-\u007f]/.test(text);
}

/** The text of the top-level `body` in a line that is known to be a JSON object with one. */
function bodyText(line: string): string {
  let body = '';
  for (let at = line.indexOf('{') + 1; ; ) {
    at = skipBlank(line, at);
    const keyEnd = stringEnd(line, at);
    const isBody = JSON.parse(line.slice(at, keyEnd)) === 'body';
    at = skipBlank(line, skipBlank(line, keyEnd) + 1);
    const end = valueEnd(line, at);
    // Of a repeated key the last one counts, as for JSON.parse.
    if (isBody) body = line.slice(at, end);
    const next = skipBlank(line, end);
    if (line.charCodeAt(next) !== 44) return body;
    at = next + 1;
  }
}

function skipBlank(line: string, start: number): number {
  let at = start;
  while (line.charCodeAt(at) <= 32) at++;
  return at;
}

/** Index after the value that starts at `start`, in valid JSON. */
function valueEnd(line: string, start: number): number {
  let depth = 0;
  for (let at = start; ; ) {
    const c = line.charCodeAt(at);
    if (c === 34) {
      at = stringEnd(line, at);
      if (depth === 0) return at;
      continue;
    }
    if (c === 123 || c === 91) depth++;
    else if (c === 125 || c === 93) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (c === 44 && depth === 0) return at;
    at++;
  }
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'missing' : Array.isArray(value) ? 'a list' : String(JSON.stringify(value));
}
