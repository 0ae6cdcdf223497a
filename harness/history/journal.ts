/**
 * The append-only writer of history.jsonl. Contract: an invocation is appended and flushed before its request
 * leaves, so a history never lacks an operation the system may have seen, even after SIGKILL of the harness.
 * One write(2) carries a whole batch (group commit); once it returned, the kernel keeps the bytes when this
 * process dies. Serialisation goes straight into one reused buffer: memory is flat with run length.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { Json, Op, OpError } from '../op.ts';

/** The journal could not be written: disk full, folder gone. The run must stop, its history is incomplete. */
export class JournalError extends Error {
  readonly path: string;
  constructor(path: string, cause: unknown) {
    super(`cannot write the journal ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.name = 'JournalError';
    this.path = path;
  }
}

const BUFFER_BYTES = 1 << 18;
/** Head room every operation is sure to have before its variable parts: fixed text and numbers. */
const FIXED_BYTES = 512;

/** Writes operations as JSON lines. Not for concurrent use from several threads. */
export class JournalWriter {
  readonly path: string;
  #fd: number;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #at = 0;
  #count = 0;
  /** Quoted JSON bytes of names that repeat for ever: functions, nodes, named processes. */
  readonly #names = new Map<string, Buffer>();

  /** Creates (or truncates) the file; throws `JournalError`. */
  constructor(path: string) {
    this.path = path;
    try {
      this.#fd = openSync(path, 'w');
    } catch (cause) {
      throw new JournalError(path, cause);
    }
  }

  /** Operations appended so far, flushed or not. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds one operation to the buffer, and returns its index in the history: the line number from 0. `op.index`
   * is ignored. Nothing is on disk before `flush`, unless the buffer was full. The object is not kept.
   */
  append(op: Omit<Op, 'index'>): number {
    const index = this.#count;
    if (this.#at > BUFFER_BYTES - FIXED_BYTES) this.flush();
    this.#text(OPEN);
    this.#number(index);
    this.#text(TIME);
    this.#number(op.time);
    this.#text(PROCESS);
    if (typeof op.process === 'number') this.#number(op.process);
    else this.#name(op.process);
    this.#text(TYPE[op.type]);
    this.#name(op.f);
    if (op.key !== undefined) {
      this.#text(KEY);
      this.#json(op.key);
    }
    this.#text(VALUE);
    this.#json(op.value ?? null);
    if (op.node !== undefined) {
      this.#text(NODE);
      this.#name(op.node);
    }
    if (op.error !== undefined) this.#error(op.error);
    if (op.phase !== undefined) {
      this.#text(PHASE);
      this.#name(op.phase);
    }
    this.#text(CLOSE);
    this.#count = index + 1;
    return index;
  }

  /** Hands everything appended so far to the kernel; call it before requests leave. Throws `JournalError`. */
  flush(): void {
    let from = 0;
    try {
      while (from < this.#at) from += writeSync(this.#fd, this.#buffer, from, this.#at - from);
    } catch (cause) {
      throw new JournalError(this.path, cause);
    } finally {
      // What was written must not be written again, whatever happens to the rest.
      this.#buffer.copyWithin(0, from, this.#at);
      this.#at -= from;
    }
  }

  /** Flushes, syncs the file to the disk and closes it. Closing twice is fine; appending afterwards is not. */
  close(): void {
    if (this.#fd === -1) return;
    const fd = this.#fd;
    try {
      this.flush();
      fsyncSync(fd);
    } finally {
      this.#fd = -1;
      closeSync(fd);
    }
  }

  #error(error: OpError): void {
    this.#text(error.definite ? ERROR_DEFINITE : ERROR_INDEFINITE);
    this.#name(error.kind);
    if (error.message !== undefined) {
      this.#text(MESSAGE);
      this.#string(JSON.stringify(error.message));
    }
    this.#text(BRACE);
  }

  /** Makes sure `bytes` more fit beyond the head room. */
  #reserve(bytes: number): void {
    if (this.#at + bytes + FIXED_BYTES <= this.#buffer.length) return;
    this.flush();
    if (bytes + FIXED_BYTES > this.#buffer.length) {
      // One huge value: a buffer just for it, kept, since the next one is likely to be as large.
      this.#buffer = Buffer.allocUnsafe(bytes + FIXED_BYTES);
    }
  }

  #text(bytes: Buffer): void {
    if (this.#at + bytes.length > this.#buffer.length) this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #string(text: string): void {
    // UTF-8 needs at most three bytes for each UTF-16 unit.
    this.#reserve(text.length * 3);
    this.#at += this.#buffer.write(text, this.#at, 'utf8');
  }

  #name(name: string): void {
    let bytes = this.#names.get(name);
    if (bytes === undefined) {
      bytes = Buffer.from(JSON.stringify(name), 'utf8');
      if (this.#names.size < 4096) this.#names.set(name, bytes);
    }
    this.#text(bytes);
  }

  #json(value: Json): void {
    if (value === null) this.#text(NULL);
    else if (typeof value === 'number') this.#number(value);
    else if (Array.isArray(value) && value.length <= 8 && value.every(isFlat)) {
      this.#byte(0x5b);
      for (let i = 0; i < value.length; i++) {
        if (i > 0) this.#byte(0x2c);
        this.#json(value[i]!);
      }
      this.#byte(0x5d);
    } else this.#string(JSON.stringify(value));
  }

  #byte(code: number): void {
    if (this.#at === this.#buffer.length) this.#reserve(1);
    this.#buffer[this.#at++] = code;
  }

  /** Digits of a non-negative integer below 2^53 without an intermediate string; anything else as JSON writes it. */
  #number(value: number): void {
    this.#reserve(32);
    if (!(value >= 0 && Number.isSafeInteger(value))) {
      this.#at += this.#buffer.write(JSON.stringify(value), this.#at, 'latin1');
    } else if (value < 1e9) {
      this.#digits(value | 0, 0);
    } else {
      // Split into halves that fit 32 bits: integer division on doubles is several times slower.
      const high = Math.floor(value / 1e9);
      this.#digits(high | 0, 0);
      this.#digits((value - high * 1e9) | 0, 9);
    }
  }

  #digits(value: number, width: number): void {
    let length = 1;
    for (let rest = (value / 10) | 0; rest > 0; rest = (rest / 10) | 0) length++;
    if (length < width) length = width;
    const end = this.#at + length;
    let rest = value;
    for (let i = end - 1; i >= this.#at; i--) {
      const next = (rest / 10) | 0;
      this.#buffer[i] = 48 + rest - next * 10;
      rest = next;
    }
    this.#at = end;
  }
}

function isFlat(value: Json): boolean {
  return value === null || typeof value === 'number';
}

const OPEN = Buffer.from('{"index":');
const TIME = Buffer.from(',"time":');
const PROCESS = Buffer.from(',"process":');
const TYPE = {
  invoke: Buffer.from(',"type":"invoke","f":'),
  ok: Buffer.from(',"type":"ok","f":'),
  fail: Buffer.from(',"type":"fail","f":'),
  info: Buffer.from(',"type":"info","f":'),
} as const;
const KEY = Buffer.from(',"key":');
const VALUE = Buffer.from(',"value":');
const NODE = Buffer.from(',"node":');
const ERROR_DEFINITE = Buffer.from(',"error":{"definite":true,"kind":');
const ERROR_INDEFINITE = Buffer.from(',"error":{"definite":false,"kind":');
const MESSAGE = Buffer.from(',"message":');
const BRACE = Buffer.from('}');
const PHASE = Buffer.from(',"phase":');
const CLOSE = Buffer.from('}\n');
const NULL = Buffer.from('null');
