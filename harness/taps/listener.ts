/**
 * Somebody on a link who can read it. Changes nothing; keeps what was to be read, bounded, for the evidence.
 */
import type { MessageTap, TapSpec } from '../link-data.ts';
import type { Json } from '../op.ts';
import type { Body } from '../program.ts';
import { noCounts } from './tap.ts';

/** Bytes kept; what comes after them is only counted. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** Of bytes that are no messages, so many at a time are shown. */
const SHOWN_BYTES = 512;

/** Something that was heard, as one line of the evidence. */
export interface Heard {
  timeNs: number;
  from: string;
  to: string;
  /** A message in plain, or what printable text there was in bytes. */
  body?: Json;
  text?: string;
  bytes: number;
}

/** The tap of `eavesdrop`. */
export class Listener implements MessageTap {
  readonly spec: TapSpec;
  readonly counts = noCounts();
  readonly #heard: string[] = [];
  #bytes = 0;
  #leftOut = 0;

  constructor(spec: TapSpec) {
    this.spec = spec;
  }

  /** Lines of JSON, in the order they were heard. */
  get lines(): readonly string[] {
    return this.#heard;
  }

  /** Messages that were counted and not kept. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Bytes that could be read. */
  get bytes(): number {
    return this.#bytes;
  }

  pass(from: string, to: string, body: Body, nowNs: number): readonly Body[] {
    const bytes = JSON.stringify(body).length;
    this.#keep({ timeNs: nowNs, from, to, body, bytes });
    return [body];
  }

  hear(from: string, to: string, bytes: Uint8Array, nowNs: number): void {
    const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('latin1');
    const text = shown.replace(/[^\u0020-\u007e]+/g, '.');
    this.#keep({ timeNs: nowNs, from, to, text, bytes: bytes.length });
  }

  #keep(heard: Heard): void {
    this.counts.seen++;
    if (this.#bytes < KEPT_BYTES) this.#heard.push(JSON.stringify(heard));
    else this.#leftOut++;
    this.#bytes += heard.bytes;
  }
}
