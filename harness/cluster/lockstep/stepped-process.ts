/**
 * One life of a node in virtual time. It runs when it is sent something, when a time it waits for has come, or
 * when it is signalled; each time until all of it waits, while virtual time stands still.
 */
import { constants } from 'node:os';
import { after, monotonicNs, soon, type Timer } from '../../time.ts';
import type { Exit } from '../cluster-error.ts';
import type { RunningProcess } from '../processes.ts';
import { LineCutter, type LinePipe, type PipeEvents } from '../stdio/node-pipe.ts';
import type { StepChannel, StepCommand, StepReport } from './step-channel.ts';

/** What a stepped process needs around it. */
export interface SteppedParts {
  pid: number;
  startTicks: number;
  channel: StepChannel;
  /** The wall clock of its node, ns since the epoch. */
  wallNs(): bigint;
  /** Hears why it could not go on. */
  trouble(words: string): void;
  /** Hears what the stepper noticed, after every step. */
  noticed(notes: number): void;
}

/** A process that only runs when it has something to do. */
export class SteppedProcess implements RunningProcess, LinePipe {
  readonly stdin = null;
  readonly stdout = null;
  readonly exited: Promise<Exit>;
  readonly #parts: SteppedParts;
  #resolve!: (exit: Exit) => void;
  #cutter: LineCutter | null = null;
  #backlogBytes = 0;
  #input: string[] = [];
  #inputBytes = 0;
  #queued = false;
  #held = false;
  #over = false;
  #due: Timer | null = null;

  constructor(parts: SteppedParts) {
    this.#parts = parts;
    this.exited = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get pid(): number {
    return this.#parts.pid;
  }

  get startTicks(): number {
    return this.#parts.startTicks;
  }

  /** Starts listening to its lines, and lets it run for the first time. */
  open(events: PipeEvents, { backlogBytes }: { backlogBytes: number }): LinePipe {
    this.#cutter = new LineCutter(events);
    this.#backlogBytes = backlogBytes;
    this.flush();
    return this;
  }

  push(line: string): boolean {
    if (this.#inputBytes + line.length > this.#backlogBytes) return false;
    this.#input.push(line);
    this.#inputBytes += line.length;
    return true;
  }

  /** Has it run at this time, after everything else that is due now: what arrives together is read together. */
  flush(): void {
    if (this.#queued || this.#over || this.#held) return;
    this.#queued = true;
    soon(() => {
      this.#queued = false;
      if (!this.#held) this.#step();
    });
  }

  close(): void {
    this.#cutter = null;
  }

  /** Keeps it from running; time passes for it all the same. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.flush();
  }

  /** Sends it a signal and lets it run. */
  signal(name: NodeJS.Signals): void {
    this.#take('signal', constants.signals[name]);
  }

  /** Ends it now. */
  end(): void {
    this.#take('end', 0);
  }

  #step(): void {
    const input = Buffer.from(this.#input.join(''), 'latin1');
    this.#input = [];
    this.#inputBytes = 0;
    this.#take('step', input);
  }

  #take(command: StepCommand, input: Buffer | number): void {
    if (this.#over) return;
    this.#due?.cancel();
    this.#due = null;
    const { channel, wallNs, noticed, trouble } = this.#parts;
    const report = channel.ask(command, { monoNs: monotonicNs(), wallNs: wallNs() }, input);
    if (report !== null) noticed(report.notes);
    if (report?.kind === 'trouble') trouble(report.words);
    if (report === null) trouble('its stepper has ended');
    if (report?.kind !== 'idle') this.#finish(report);
    else if (report.nextNs !== null) {
      const waitMs = Math.max(0, (report.nextNs - monotonicNs()) / 1e6);
      this.#due = after(waitMs, () => this.flush());
    }
    // What it wrote may lead to anything, another step included: so it comes last.
    if (report !== null && report.output !== '') this.#cutter?.take(report.output);
  }

  #finish(report: StepReport | null): void {
    this.#over = true;
    this.#parts.channel.close();
    const names = Object.entries(constants.signals);
    const signal = names.find(([, number]) => number === report?.signal)?.[0] ?? null;
    this.#resolve(
      report === null
        ? { code: null, signal: 'SIGKILL' }
        : { code: signal === null ? report.code : null, signal },
    );
  }
}
