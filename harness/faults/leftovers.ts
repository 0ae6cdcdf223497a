/**
 * Finds runs that ended without cleaning up after themselves: a ledger without an end, whose harness is gone.
 * Looking changes nothing.
 */
import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { hasProc, processInfo, processTable } from '../cluster/proc.ts';
import { ELSEWHERE_FOLDER, RUN_FILES } from '../store/files.ts';
import { type LedgerEntry, type ProcessTableId, readLedger, thisProcessTable } from './ledger.ts';

/**
 * `dead`: its harness is gone, it can be cleaned. `running`: its harness lives. `rebooted`: the machine was
 * started again since, so nothing of it can be alive. `vanished`: the same of the sandbox it ran in. `elsewhere`: another machine or container wrote it, or
 * this platform does not tell processes apart; nothing about it can be verified from here.
 */
export type LeftoverStatus = 'dead' | 'running' | 'rebooted' | 'vanished' | 'elsewhere';

/** A run that left something. */
export interface Leftover {
  /** The run folder. */
  folder: string;
  ledger: string;
  /** Id of the run, the value of its marker. */
  run: string;
  status: LeftoverStatus;
  /** Why it has that status, as a clause. */
  because: string;
  entries: LedgerEntry[];
}

/**
 * Every run without an end in its ledger, in order of folder names. `root` is a store (`.faultline`), the folder
 * of one name in it, or a single run folder.
 */
export function findLeftovers(root: string): Leftover[] {
  const found: Leftover[] = [];
  const look = (folder: string, depth: number): void => {
    const leftover = inspect(folder);
    if (leftover !== null) found.push(leftover);
    if (depth === 0 || existsSync(join(folder, RUN_FILES.ledger))) return;
    for (const name of foldersIn(folder)) look(join(folder, name), depth - 1);
  };
  look(root, 2);
  for (const folder of linkedFrom(join(root, ELSEWHERE_FOLDER))) look(folder, 0);
  return found;
}

/** Run folders outside the store, by the links the store keeps; links to what is gone are left out. */
function linkedFrom(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .sort()
    .map((name) => join(path, name))
    .filter((link) => existsSync(link))
    .map((link) => realpathSync(link));
}

/** Links such as `latest` are left out: what they point at is listed itself. */
function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function inspect(folder: string): Leftover | null {
  const ledger = join(folder, RUN_FILES.ledger);
  let entries: LedgerEntry[];
  try {
    ({ entries } = readLedger(ledger));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const start = entries.find((entry) => entry.entry === 'run');
  // Without its first line nothing was started: that line is on disk before anything else happens.
  if (start === undefined) return null;
  if (entries.some((entry) => entry.entry === 'end' || entry.entry === 'cleaned')) return null;
  return { folder, ledger, run: start.run, entries, ...judge(start, thisProcessTable()) };
}

/** A living process in this process namespace, as seen from here. */
function processIn(namespace: string): number | null {
  const found = processTable().find(({ pid, state }) => {
    if (state === 'Z' || state === 'X') return false;
    try {
      return readlinkSync(`/proc/${pid}/ns/pid`) === namespace;
    } catch {
      // Somebody else's, or it ended this moment.
      return false;
    }
  });
  return found?.pid ?? null;
}

function judge(
  start: { pid: number; startTicks: number; table: ProcessTableId },
  here: ProcessTableId,
): { status: LeftoverStatus; because: string } {
  const { pid, startTicks, table } = start;
  if (table.host !== here.host) return { status: 'elsewhere', because: `it ran on ${table.host}` };
  if (!hasProc || startTicks === 0 || table.bootId === null) {
    return {
      status: 'elsewhere',
      because: 'this platform has no process table to verify its processes with',
    };
  }
  if (table.bootId !== here.bootId) {
    return { status: 'rebooted', because: 'the machine was started again since' };
  }
  if (table.sandbox === true && table.namespace !== null && table.namespace !== here.namespace) {
    const inside = processIn(table.namespace);
    return inside === null
      ? { status: 'vanished', because: 'its sandbox is gone, and every process that was in it' }
      : { status: 'running', because: `its sandbox is alive, process ${inside} is in it` };
  }
  if (table.namespace !== here.namespace) {
    return { status: 'elsewhere', because: 'it ran in another container of this machine' };
  }
  const harness = processInfo(pid);
  const alive =
    harness !== null && harness.startTicks === startTicks && harness.state !== 'Z' && harness.state !== 'X';
  return alive
    ? { status: 'running', because: `its harness, process ${pid}, is alive` }
    : { status: 'dead', because: `its harness, process ${pid}, is gone` };
}
