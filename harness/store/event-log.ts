/**
 * events.jsonl: what a run says while it happens, kept in its folder, so that another process can watch it live and
 * tell whether it still goes on. The first line says who writes; every other is one event.
 */
import { closeSync, openSync, readFileSync, readlinkSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { processInfo } from '../cluster/proc.ts';
import type { RunEvent } from '../events.ts';
import { machineMs, wallMs } from '../time.ts';
import { RUN_FILES } from './files.ts';

/** First line of events.jsonl. */
export interface EventLogHead {
  schema: 1;
  pid: number;
  /** With the pid, which is used again, who it is; null where the kernel does not tell. */
  startTicks: number | null;
  /** Pids are numbers of one namespace: a run in a sandbox has others than the machine. */
  pidNamespace: string | null;
}

/** A line of events.jsonl after the first: an event, and when it came, milliseconds after the log was begun. */
export type LoggedEvent = RunEvent & { atMs: number };

/** A writer that cannot be asked for counts as gone when its log has been silent for this long. */
const SILENT_MS = 60_000;
const HEAD_BYTES = 512;

/** Writes the events of one run into its folder, from `plan-ready` on. */
export class EventLog {
  #fd: number | null = null;
  #begunMs = 0;

  /** One event. Never throws: a full disk ends what others can watch, not the run, which says so by itself. */
  handle(event: RunEvent): void {
    try {
      if (event.kind === 'plan-ready') this.#open(event.folder);
      if (this.#fd === null) return;
      const atMs = Math.round(machineMs() - this.#begunMs);
      const logged: LoggedEvent = { ...event, atMs };
      writeSync(this.#fd, `${JSON.stringify(logged)}\n`);
    } catch {
      this.close();
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #open(folder: string): void {
    this.close();
    this.#fd = openSync(join(folder, RUN_FILES.events), 'w');
    this.#begunMs = machineMs();
    const { pid } = process;
    const startTicks = processInfo(pid)?.startTicks ?? null;
    const head: EventLogHead = { schema: 1, pid, startTicks, pidNamespace: pidNamespace() };
    writeSync(this.#fd, `${JSON.stringify(head)}\n`);
  }
}

/**
 * Does the run in this folder still go on, as far as its event log tells? True of a writer that lives; of one that
 * cannot be asked for, in another namespace or on another machine, when it wrote within the last minute.
 */
export function isRunning(folder: string): boolean {
  const path = join(folder, RUN_FILES.events);
  const head = headOf(path);
  if (head === null) return false;
  if (head.startTicks !== null && head.pidNamespace === pidNamespace()) {
    return processInfo(head.pid)?.startTicks === head.startTicks;
  }
  return wallMs() - statSync(path).mtimeMs < SILENT_MS;
}

function headOf(path: string): EventLogHead | null {
  const buffer = Buffer.alloc(HEAD_BYTES);
  try {
    const fd = openSync(path, 'r');
    try {
      const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, HEAD_BYTES, 0));
      return JSON.parse(text.slice(0, text.indexOf('\n'))) as EventLogHead;
    } finally {
      closeSync(fd);
    }
  } catch {
    // No log, or one whose first line is not written yet: nobody can be watched.
    return null;
  }
}

function pidNamespace(): string | null {
  try {
    // With the boot, because the numbers of namespaces are used again after the next.
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${readlinkSync('/proc/self/ns/pid')} ${boot}`;
  } catch {
    return null;
  }
}
