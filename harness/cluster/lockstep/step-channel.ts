/**
 * The two named pipes to one stepper, and the frames on them. Everything here waits: while a program runs, its
 * harness does nothing, and virtual time stands still. The stepper bounds how long that can be.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';

/** What the stepper is told to do. */
export type StepCommand = 'step' | 'signal' | 'end';

/** What a program did until all of it waited. */
export interface StepReport {
  kind: 'idle' | 'ended' | 'trouble';
  /** What it wrote to standard output, one character per byte. */
  output: string;
  /** Virtual monotonic time at which it wants to go on, ns; null: when it is sent something. */
  nextNs: number | null;
  /** How it ended. */
  code: number | null;
  signal: number | null;
  /** Bits of `StepNote`, all that were ever seen. */
  notes: number;
  /** What is wrong, for trouble. */
  words: string;
}

/** What the stepper noticed; `run.c` and `calls.c` set these bits. */
export const STEP_NOTES = {
  threads: 1,
  preempted: 2,
  outside: 4,
  network: 8,
  children: 16,
  addresses: 32,
  spinning: 64,
} as const;

const COMMANDS: Readonly<Record<StepCommand, number>> = { step: 1, signal: 2, end: 3 };
const KINDS: readonly StepReport['kind'][] = ['idle', 'ended', 'trouble'];
const COMMAND_BYTES = 24;
const REPORT_BYTES = 32;

/** The harness's end of the pipes. `commandFd` and `reportFd` are the stepper's, to be closed once it has them. */
export class StepChannel {
  readonly commandFd: number;
  readonly reportFd: number;
  readonly #write: number;
  readonly #read: number;
  readonly #header = Buffer.alloc(REPORT_BYTES);
  #open = true;

  /** Opens two named pipes that exist. */
  constructor(commands: string, reports: string) {
    const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
    // The first end of a pipe can only be opened without waiting for the other.
    const first = openSync(commands, O_RDONLY | O_NONBLOCK);
    this.#write = openSync(commands, O_WRONLY);
    this.commandFd = openSync(commands, O_RDONLY);
    closeSync(first);
    const other = openSync(reports, O_RDONLY | O_NONBLOCK);
    this.reportFd = openSync(reports, O_WRONLY);
    this.#read = openSync(reports, O_RDONLY);
    closeSync(other);
  }

  /** Closes the stepper's ends here, so that its death is seen. */
  handedOver(): void {
    closeSync(this.commandFd);
    closeSync(this.reportFd);
  }

  /** Has something done at a virtual time and waits for the report; null when the stepper is gone. */
  ask(
    command: StepCommand,
    time: { monoNs: number; wallNs: bigint },
    input: Buffer | number,
  ): StepReport | null {
    const bytes = typeof input === 'number' ? 0 : input.length;
    const frame = Buffer.allocUnsafe(COMMAND_BYTES + bytes);
    frame.writeUInt32LE(COMMANDS[command], 0);
    frame.writeUInt32LE(typeof input === 'number' ? input : bytes, 4);
    frame.writeBigInt64LE(BigInt(time.monoNs), 8);
    frame.writeBigInt64LE(time.wallNs, 16);
    if (typeof input !== 'number') input.copy(frame, COMMAND_BYTES);
    try {
      this.#send(frame);
    } catch {
      // A broken pipe: the stepper has ended.
      return null;
    }
    return this.#report();
  }

  /** Closes the harness's ends; idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#write);
    closeSync(this.#read);
  }

  #send(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#write, bytes, done);
  }

  #report(): StepReport | null {
    const header = this.#header;
    if (!this.#fill(header)) return null;
    const output = Buffer.alloc(header.readUInt32LE(4));
    const words = Buffer.alloc(header.readUInt32LE(28));
    if (!this.#fill(output) || !this.#fill(words)) return null;
    const next = Number(header.readBigInt64LE(8));
    const [code, signal] = [header.readInt32LE(16), header.readInt32LE(20)];
    return {
      kind: KINDS[header.readUInt32LE(0) - 1]!,
      output: output.toString('latin1'),
      nextNs: next < 0 ? null : next,
      code: code < 0 ? null : code,
      signal: signal < 0 ? null : signal,
      notes: header.readUInt32LE(24),
      words: words.toString('utf8'),
    };
  }

  #fill(buffer: Buffer): boolean {
    for (let done = 0; done < buffer.length; ) {
      const size = readSync(this.#read, buffer, done, buffer.length - done, null);
      if (size === 0) return false;
      done += size;
    }
    return true;
  }
}
