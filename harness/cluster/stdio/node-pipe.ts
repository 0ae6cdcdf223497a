/**
 * The two pipes of one life of a node: cuts what it writes into lines, and queues what is written to it.
 * Knows nothing of messages. A node that does not read fills its bounded backlog and nothing else.
 */
import type { RunningProcess } from '../processes.ts';

/** Longest line taken from a node; more is a protocol violation. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** Up to so many lines are written one by one, more in one piece. */
const FEW_LINES = 8;

/** What the pipe reports. */
export interface PipeEvents {
  /** Complete lines, one character per byte, as they arrived together. */
  lines(lines: string[]): void;
  /** A line longer than allowed was thrown away. */
  tooLong(): void;
}

/** What the router needs of one life of a node. */
export interface LinePipe {
  /** Queues a line for the next `flush`; false when the node's backlog is full. */
  push(line: string): boolean;
  /** Writes what is queued. */
  flush(): void;
  /** Stops listening: what an ended life still had to say is not heard. */
  close(): void;
}

/** Connects one life of a node to those who want its lines. */
export type OpenPipe = (
  events: PipeEvents,
  options: { backlogBytes: number; writePerMessage: boolean },
) => LinePipe;

/** Cuts what a node writes, in pieces, into lines of one character per byte. */
export class LineCutter {
  readonly #events: PipeEvents;
  #partial = '';
  #skipping = false;

  constructor(events: PipeEvents) {
    this.#events = events;
  }

  /** Takes the next piece. */
  take(text: string): void {
    const last = text.lastIndexOf('\n');
    if (last < 0) {
      this.#keep(text);
      return;
    }
    const lines = (this.#partial + text.slice(0, last)).split('\n');
    if (this.#skipping) lines.shift();
    this.#skipping = false;
    this.#partial = text.slice(last + 1);
    this.#events.lines(lines);
  }

  #keep(text: string): void {
    if (this.#skipping) return;
    this.#partial += text;
    if (this.#partial.length <= MAX_LINE_BYTES) return;
    this.#partial = '';
    this.#skipping = true;
    this.#events.tooLong();
  }
}

/** Reading and writing one life of a node. */
export class NodePipe implements LinePipe {
  readonly #process: RunningProcess;
  readonly #cutter: LineCutter;
  readonly #backlogBytes: number;
  readonly #perMessage: boolean;
  #out: string[] = [];
  #outBytes = 0;
  #open = true;

  constructor(
    process: RunningProcess,
    events: PipeEvents,
    options: { backlogBytes: number; writePerMessage: boolean },
  ) {
    this.#process = process;
    this.#cutter = new LineCutter(events);
    this.#backlogBytes = options.backlogBytes;
    this.#perMessage = options.writePerMessage;
    process.stdout?.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  /** Queues a line for the next `flush`; false when the node's backlog is full. */
  push(line: string): boolean {
    const stdin = this.#process.stdin;
    if (stdin === null || this.#outBytes + stdin.writableLength + line.length > this.#backlogBytes)
      return false;
    this.#out.push(line);
    this.#outBytes += line.length;
    return true;
  }

  /** Writes what is queued. */
  flush(): void {
    if (this.#out.length === 0) return;
    const lines = this.#out;
    this.#out = [];
    this.#outBytes = 0;
    const stdin = this.#process.stdin;
    if (!this.#open || stdin === null || stdin.destroyed) return;
    // Programs that expect one message per read exist; under load no network grants them that.
    if (this.#perMessage || lines.length <= FEW_LINES) for (const line of lines) stdin.write(line, 'latin1');
    else stdin.write(lines.join(''), 'latin1');
  }

  /** Stops listening: what an ended life still had in its pipe is not heard. */
  close(): void {
    this.#open = false;
    this.#out = [];
    this.#process.stdout?.destroy();
    this.#process.stdin?.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#open) this.#cutter.take(chunk.toString('latin1'));
  }
}
