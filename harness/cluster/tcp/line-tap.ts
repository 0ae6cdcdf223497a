/**
 * Taps on a connection: bytes of one direction become lines, lines messages, and what taps make of them bytes
 * again. Nothing is held back while no tap is on the link, and a connection joined in the middle of a line is left
 * alone up to the line's end. Lines that are no messages pass as they are.
 */
import type { Endpoint } from '../../link-data.ts';
import type { Json } from '../../op.ts';
import type { Body } from '../../program.ts';
import type { TapLayers } from '../../taps/tap-layers.ts';
import { parseLossless, stringifyLossless } from '../lossless-json.ts';

const NEWLINE = 10;

/** The link a direction of a connection belongs to, as taps know it. */
export interface TappedLink {
  taps: TapLayers;
  from: Endpoint;
  to: Endpoint;
  /** Nodes speak one JSON message per line. */
  lines: boolean;
}

/** One direction of one connection. */
export class LineTap {
  readonly #link: TappedLink;
  /** What has been forwarded ends with a whole line. */
  #whole = true;
  /** The beginning of a line whose end has not come yet. */
  #partial: Buffer = Buffer.alloc(0);

  constructor(link: TappedLink) {
    this.#link = link;
  }

  /** What goes on in place of these bytes. */
  pass(bytes: Buffer, nowNs: number): Buffer {
    const { taps, from, to, lines } = this.#link;
    const on = !taps.empty && taps.on(from, to);
    if (!on && this.#partial.length === 0) {
      this.#whole = bytes.at(-1) === NEWLINE;
      return bytes;
    }
    if (!lines) {
      taps.hear(from, to, bytes, nowNs);
      return bytes;
    }
    const out: Buffer[] = [];
    let rest = bytes;
    if (!this.#whole) {
      const end = rest.indexOf(NEWLINE);
      if (end < 0) return rest;
      out.push(rest.subarray(0, end + 1));
      rest = rest.subarray(end + 1);
      this.#whole = true;
    }
    rest = this.#partial.length === 0 ? rest : Buffer.concat([this.#partial, rest]);
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      const line = rest.subarray(0, end + 1);
      rest = rest.subarray(end + 1);
      out.push(on ? this.#line(line, nowNs) : line);
    }
    this.#partial = Buffer.from(rest);
    return Buffer.concat(out);
  }

  /** What was held back of a line that never ended. */
  rest(): Buffer {
    const rest = this.#partial;
    this.#partial = Buffer.alloc(0);
    return rest;
  }

  #line(line: Buffer, nowNs: number): Buffer {
    const { taps, from, to } = this.#link;
    const message = messageOf(line);
    if (message === null) return line;
    const { body } = message;
    const bodies = taps.pass(from, to, body, nowNs);
    if (bodies.length === 1 && bodies[0] === body) return line;
    return Buffer.concat(
      bodies.map((each) =>
        each === body ? line : Buffer.from(`${stringifyLossless({ ...message, body: each })}\n`),
      ),
    );
  }
}

/** The message of a line; null when it is none. */
function messageOf(line: Buffer): { body: Body; [field: string]: Json } | null {
  try {
    const value = parseLossless(line.toString('utf8'));
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
    const { body } = value;
    const whole = typeof body === 'object' && body !== null && !Array.isArray(body);
    return whole ? (value as { body: Body }) : null;
  } catch {
    // Not JSON: something else than a message, which taps have no say in.
    return null;
  }
}
