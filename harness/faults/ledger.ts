/**
 * The ledger of a run: what would have to be undone if the harness died this instant. One JSON entry per line,
 * on disk before the thing it is about is done, so that `faultline clean` can finish what a SIGKILL interrupted.
 * A torn last line is expected after one.
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasProc, processInfo } from '../cluster/proc.ts';
import type { HostPlan } from '../cluster/ssh/remote-host.ts';
import type { Json, UndoAction } from '../contracts.ts';
import { insideSandbox } from '../sandbox/command.ts';

/** Environment variable that every process of a run carries, with the run's id as its value. */
export const RUN_MARKER = 'FAULTLINE_RUN';

/** Which process table pids are numbers in: the machine, its boot, the pid namespace. Null: not known. */
export interface ProcessTableId {
  host: string;
  bootId: string | null;
  namespace: string | null;
  /** The namespace is that of a sandbox: it ends with its first process, and all others in it too. */
  sandbox?: true;
}

/** One line of ledger.jsonl. */
export type LedgerEntry =
  | { entry: 'run'; run: string; pid: number; startTicks: number; table: ProcessTableId }
  | { entry: 'process'; node: string; pid: number; pgid: number; startTicks: number }
  | { entry: 'temporary'; path: string }
  | { entry: 'engine'; address: string }
  | { entry: 'hosts'; hosts: HostPlan[] }
  | { entry: 'fault'; id: string; undo: UndoAction[] }
  | { entry: 'undone'; id: string }
  | { entry: 'end' }
  | { entry: 'cleaned'; did: string[] };

/** The process table this process lives in. */
export function thisProcessTable(): ProcessTableId {
  if (!hasProc) return { host: hostname(), bootId: null, namespace: null };
  return {
    host: hostname(),
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    namespace: readlinkSync('/proc/self/ns/pid'),
    ...(insideSandbox() ? { sandbox: true as const } : {}),
  };
}

/** What a run writes down for `clean` while it is under way. */
export interface RunLedger {
  process(started: { node: string; pid: number; pgid: number; startTicks: number }): void;
  /** A Docker engine is about to be given something to do. */
  engine(address: string): Promise<void>;
  /** Something is about to be made on machines that are reached by ssh. */
  hosts(plans: readonly HostPlan[]): Promise<void>;
  beforeInject(faultId: string, undo: readonly UndoAction[]): Promise<void>;
  undone(faultId: string): Promise<void>;
  close(clean: boolean): Promise<void>;
}

/**
 * The ledger of a simulated run, which leaves nothing that could be cleaned: written without waiting, for the
 * disk of this machine has no place in simulated time.
 */
export class SimulatedLedger implements RunLedger {
  readonly #fd: number;

  /** Creates the ledger; throws the file system's error when it cannot. */
  constructor(path: string, run: string) {
    this.#fd = openSync(path, 'ax');
    this.#append({ entry: 'run', run, pid: process.pid, startTicks: 0, table: thisProcessTable() });
    // Nothing has to be undone should the harness die now.
    this.#append({ entry: 'end' });
  }

  /** Simulated nodes are no processes. */
  process(): void {}

  /** Nor containers. */
  async engine(): Promise<void> {}

  /** Nor on other machines. */
  async hosts(): Promise<void> {}

  async beforeInject(id: string, undo: readonly UndoAction[]): Promise<void> {
    this.#append({ entry: 'fault', id, undo: [...undo] });
  }

  async undone(id: string): Promise<void> {
    this.#append({ entry: 'undone', id });
  }

  async close(): Promise<void> {
    this.#append({ entry: 'end' });
    closeSync(this.#fd);
  }

  #append(entry: LedgerEntry): void {
    writeSync(this.#fd, `${JSON.stringify(entry)}\n`);
  }
}

/** The ledger of a run that is under way. Entries reach the disk in the order in which they were made. */
export class Ledger implements RunLedger {
  readonly #file: FileHandle;
  #last: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Creates the ledger of this process's run; the first entry is on disk when this resolves. */
  static async create(path: string, run: string): Promise<Ledger> {
    const ledger = new Ledger(await open(path, 'ax'));
    const self = processInfo(process.pid);
    await ledger.#append({
      entry: 'run',
      run,
      pid: process.pid,
      startTicks: self?.startTicks ?? 0,
      table: thisProcessTable(),
    });
    return ledger;
  }

  /** A process was started. Fits the cluster's `ledger` callback, which does not wait: `flush` does. */
  process(started: { node: string; pid: number; pgid: number; startTicks: number }): void {
    const { node, pid, pgid, startTicks } = started;
    // A failed write surfaces in `flush`, and in whatever entry is waited for next.
    this.#append({ entry: 'process', node, pid, pgid, startTicks }).catch(() => undefined);
  }

  /** A file or folder outside the run folder that must not outlive the run. */
  temporary(path: string): Promise<void> {
    return this.#append({ entry: 'temporary', path });
  }

  /** A Docker engine, by its address, at which the run makes things that carry its labels. */
  engine(address: string): Promise<void> {
    return this.#append({ entry: 'engine', address });
  }

  /** Machines on which the run makes things, and how to reach them. No secrets: keys are named by their files. */
  hosts(plans: readonly HostPlan[]): Promise<void> {
    return this.#append({ entry: 'hosts', hosts: [...plans] });
  }

  /** How to undo a fault from outside; the fault may fire once this resolves. */
  beforeInject(faultId: string, undo: readonly UndoAction[]): Promise<void> {
    return this.#append({ entry: 'fault', id: faultId, undo: [...undo] });
  }

  /** The fault is undone. */
  undone(faultId: string): Promise<void> {
    return this.#append({ entry: 'undone', id: faultId });
  }

  /** Waits until everything is on disk; rejects when an entry could not be written. */
  flush(): Promise<void> {
    return this.#last;
  }

  /**
   * Closes the ledger. `clean`: everything was undone and every process has ended, there is nothing left to
   * clean. Otherwise the run stays listed as a leftover.
   */
  async close(clean: boolean): Promise<void> {
    try {
      if (clean) await this.#append({ entry: 'end' });
      else await this.#last;
    } finally {
      await this.#file.close();
    }
  }

  #append(entry: LedgerEntry): Promise<void> {
    // One failed write fails all later ones: entries out of order would be worse than none.
    this.#last = this.#last.then(async () => {
      await this.#file.appendFile(`${JSON.stringify(entry)}\n`);
      await this.#file.datasync();
    });
    return this.#last;
  }
}

/** A ledger as found on disk. */
export interface LedgerContent {
  entries: LedgerEntry[];
  /** Lines that could not be read; one at the end is what a SIGKILL leaves. */
  unreadable: number;
}

/** Reads a ledger, leaving out lines that are not entries. Throws when the file cannot be read. */
export function readLedger(path: string): LedgerContent {
  const content: LedgerContent = { entries: [], unreadable: 0 };
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const entry = parseEntry(line);
    if (entry === null) content.unreadable++;
    else content.entries.push(entry);
  }
  return content;
}

/** Appends to the ledger of a run that is over; starts a new line after a torn one. */
export function appendToLedger(path: string, entry: LedgerEntry): void {
  const text = readFileSync(path, 'utf8');
  const start = text === '' || text.endsWith('\n') ? '' : '\n';
  const fd = openSync(path, 'a');
  try {
    writeSync(fd, `${start}${JSON.stringify(entry)}\n`);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function parseEntry(line: string): LedgerEntry | null {
  let value: Json;
  try {
    value = JSON.parse(line) as Json;
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return hasShape(value) ? (value as unknown as LedgerEntry) : null;
}

function hasShape(value: Record<string, Json>): boolean {
  const number = (name: string): boolean => Number.isSafeInteger(value[name]);
  const text = (name: string): boolean => typeof value[name] === 'string' && value[name] !== '';
  switch (value['entry']) {
    case 'run':
      return text('run') && number('pid') && number('startTicks') && typeof value['table'] === 'object';
    case 'process':
      return text('node') && number('pid') && number('pgid') && number('startTicks');
    case 'temporary':
      return text('path');
    case 'engine':
      return typeof value['address'] === 'string';
    case 'hosts':
      return Array.isArray(value['hosts']);
    case 'fault':
      return text('id') && Array.isArray(value['undo']) && value['undo'].every(isAction);
    case 'undone':
      return text('id');
    case 'end':
    case 'cleaned':
      return true;
    default:
      return false;
  }
}

function isAction(action: Json): boolean {
  if (typeof action !== 'object' || action === null || Array.isArray(action)) return false;
  if (action['kind'] === 'none') return true;
  return (
    action['kind'] === 'signal' &&
    Number.isSafeInteger(action['pid']) &&
    Number.isSafeInteger(action['startTicks']) &&
    (action['signal'] === 'SIGCONT' || action['signal'] === 'SIGKILL') &&
    typeof action['group'] === 'boolean'
  );
}
