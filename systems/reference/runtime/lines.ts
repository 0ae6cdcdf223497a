/**
 * Cuts a byte stream into JSON envelopes, one per line, with a bound on what is kept of an unfinished line.
 */
import type { Envelope } from '../api.ts';

/** Longest line accepted, in characters. */
const MAX_LINE = 16 * 1024 * 1024;

/** Collects chunks of text and gives out whole envelopes. */
export class EnvelopeReader {
  #rest = '';
  readonly #complain: (text: string) => void;

  /** `complain` hears of lines that are not envelopes; they are dropped. */
  constructor(complain: (text: string) => void) {
    this.#complain = complain;
  }

  /** Envelopes completed by this chunk, in order. */
  push(chunk: string): Envelope[] {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop()!;
    if (this.#rest.length > MAX_LINE) {
      this.#complain(`dropped a line of more than ${MAX_LINE} characters`);
      this.#rest = '';
    }
    const out: Envelope[] = [];
    for (const line of lines) {
      if (line.trim() === '') continue;
      const envelope = parse(line);
      if (envelope === undefined)
        this.#complain(`dropped a line that is not a message: ${line.slice(0, 200)}`);
      else out.push(envelope);
    }
    return out;
  }
}

function parse(line: string): Envelope | undefined {
  try {
    const value = JSON.parse(line) as Partial<Envelope> | null;
    if (typeof value?.src !== 'string' || typeof value.dest !== 'string') return undefined;
    if (typeof value.body?.type !== 'string') return undefined;
    return value as Envelope;
  } catch {
    return undefined;
  }
}
