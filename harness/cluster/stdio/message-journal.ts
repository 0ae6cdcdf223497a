/**
 * Writes every message the network saw to a file: one compact array per line under a header that names the
 * columns. `sent_order` and `end_order` count all sends and ends in one sequence, so the order of events at
 * each node, and with it happens-before, can be rebuilt without trusting the clock's resolution.
 *
 * The file is bounded; what no longer fits is counted by fate and told in the last line.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Json } from '../../op.ts';
import { every, type Timer } from '../../time.ts';

/** Columns of `messages.jsonl`, in order. Times in nanoseconds since the run started. */
export const MESSAGE_COLUMNS = [
  'sent_order',
  'end_order',
  'sent_ns',
  'end_ns',
  'fate',
  'from',
  'src',
  'dest',
  'type',
  'msg_id',
  'in_reply_to',
  'bytes',
  'marks',
] as const;

/**
 * Ends of a message. `delivered`: written to the receiver. `cut`, `cut-in-flight`, `lost`: by a fault.
 * `down`: the receiver was not running, or is not the process it was sent to. `overflow`: the receiver does
 * not read and its backlog is full.
 */
export type MessageFate = 'delivered' | 'cut' | 'cut-in-flight' | 'lost' | 'down' | 'overflow';

/** One message at the end of its way. */
export interface MessageRecord {
  sentOrder: number;
  endOrder: number;
  sentNs: number;
  endNs: number;
  fate: MessageFate;
  /** Who wrote it; differs from `src` where a node forwards in another's name. */
  from: string;
  src: string;
  dest: string;
  type: Json;
  msgId: Json;
  inReplyTo: Json;
  bytes: number;
  /** `c`: second copy of a duplicate, `t`: tampered with, `f`: made or changed by a fault, not sent so. */
  marks: string;
}

/** Default bound of the file: half a million messages or so. */
export const DEFAULT_MESSAGE_BYTES = 64 * 1024 * 1024;

const BUFFER_CHARS = 256 * 1024;
const FLUSH_MS = 1_000;

/** A bounded, buffered journal of messages. */
export class MessageJournal {
  readonly #fd: number;
  readonly #maxBytes: number;
  readonly #timer: Timer;
  readonly #left: Partial<Record<MessageFate, number>> = {};
  #bytes = 0;
  #buffer: string[] = [];
  #buffered = 0;
  #open = true;
  #leftOut = 0;
  #problem: string | null = null;

  /** Creates the file; throws the file system's error when it cannot. */
  constructor(path: string, maxBytes = DEFAULT_MESSAGE_BYTES) {
    this.#fd = openSync(path, 'w');
    this.#maxBytes = maxBytes;
    this.#timer = every(FLUSH_MS, () => this.flush(), true);
    this.#write({ format: 'faultline-messages/1', columns: [...MESSAGE_COLUMNS] });
  }

  /** Messages that did not fit so far. */
  get leftOut(): number {
    return this.#leftOut;
  }

  add(m: MessageRecord): void {
    if (this.#bytes >= this.#maxBytes) {
      this.#leftOut++;
      this.#left[m.fate] = (this.#left[m.fate] ?? 0) + 1;
      return;
    }
    // Names and fates hold nothing that needs escaping; type and ids are the nodes' own and may be anything.
    this.#line(
      `[${m.sentOrder},${m.endOrder},${m.sentNs},${m.endNs},"${m.fate}","${m.from}","${m.src}","${m.dest}",` +
        `${scalar(m.type)},${scalar(m.msgId)},${scalar(m.inReplyTo)},${m.bytes},"${m.marks}"]\n`,
    );
  }

  /** Hands what is buffered to the file. */
  flush(): void {
    if (this.#buffered === 0 || !this.#open) return;
    const text = this.#buffer.join('');
    this.#buffer = [];
    this.#buffered = 0;
    if (this.#problem !== null) return;
    try {
      writeSync(this.#fd, text);
    } catch (error) {
      // A full disk must not end a run over a journal that is not needed for its verdict.
      this.#problem = `messages are not journalled: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** What kept messages from being written, if anything did. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Tells what was left out, writes everything and closes; idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#timer.cancel();
    this.#write({ end: true, left_out: this.#leftOut, left_out_by_fate: this.#left });
    this.flush();
    this.#open = false;
    closeSync(this.#fd);
  }

  #write(value: Json): void {
    this.#line(`${JSON.stringify(value)}\n`);
  }

  #line(text: string): void {
    if (!this.#open) return;
    this.#buffer.push(text);
    this.#buffered += text.length;
    this.#bytes += text.length;
    if (this.#buffered >= BUFFER_CHARS) this.flush();
  }
}

/** A value as JSON; long ones are cut, for a journal of messages is no copy of their content. */
function scalar(value: Json): string {
  if (typeof value === 'number') return String(value);
  if (value === null) return 'null';
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : JSON.stringify(`${text.slice(0, 77)}...`);
}
