/**
 * Cleans up after runs whose harness was killed: replays the undo actions of their ledgers, ends the processes
 * that are verifiably theirs, removes their temporary files, and says what it did and what it left alone. A run
 * whose harness is alive is never touched.
 */
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { removeLeftovers } from '../cluster/docker/leftover-containers.ts';
import { processesWith, processInfo, processTree, signal } from '../cluster/proc.ts';
import { removeFromHosts } from '../cluster/ssh/leftover-hosts.ts';
import type { UndoAction } from '../contracts.ts';
import { sleep } from '../time.ts';
import { appendToLedger, type LedgerEntry, RUN_MARKER } from './ledger.ts';
import { findLeftovers, type Leftover, type LeftoverStatus } from './leftovers.ts';
import { belonging, signalIfOurs } from './verified-process.ts';

/** What became of one leftover run. */
export interface CleanedRun {
  folder: string;
  run: string;
  status: LeftoverStatus;
  because: string;
  /** What was done, one sentence each, in order. */
  did: string[];
  /** What was left alone and why, one sentence each. */
  leftAlone: string[];
  /** Nothing of the run is left: it will not be listed again. */
  clean: boolean;
}

/** How long processes get to vanish after SIGKILL. */
const DEADLINE_MS = 5_000;
const POLL_MS = 20;

/** Cleans every dead run below a store. Runs that are alive, or cannot be verified from here, are only reported. */
export async function clean(storeRoot: string): Promise<CleanedRun[]> {
  const report: CleanedRun[] = [];
  for (const leftover of findLeftovers(storeRoot)) report.push(await cleanRun(leftover));
  return report;
}

/** Cleans one leftover run. */
export async function cleanRun(leftover: Leftover): Promise<CleanedRun> {
  const { folder, run, status, because, entries } = leftover;
  const report: CleanedRun = { folder, run, status, because, did: [], leftAlone: [], clean: false };
  if (status === 'running' || status === 'elsewhere') {
    report.leftAlone.push(because);
    return report;
  }
  if (status === 'dead') {
    replayUndo(entries, run, report);
    await endProcesses(entries, run, report);
  }
  await emptyEngines(entries, run, report);
  removeTemporaries(entries, report);
  report.clean = report.leftAlone.length === 0;
  if (report.clean) appendToLedger(leftover.ledger, { entry: 'cleaned', did: report.did });
  return report;
}

/** Undo actions of faults in force at the end, latest first. */
function pendingActions(entries: readonly LedgerEntry[]): { id: string; action: UndoAction }[] {
  const pending = new Map<string, UndoAction[]>();
  for (const entry of entries) {
    if (entry.entry === 'fault') pending.set(entry.id, entry.undo);
    if (entry.entry === 'undone') pending.delete(entry.id);
  }
  return [...pending]
    .reverse()
    .flatMap(([id, actions]) => [...actions].reverse().map((action) => ({ id, action })));
}

function replayUndo(entries: readonly LedgerEntry[], run: string, report: CleanedRun): void {
  for (const { id, action } of pendingActions(entries)) {
    if (action.kind === 'none') continue;
    const outcome = signalIfOurs(action, run, action.signal);
    const what = `${action.signal} to ${action.group ? 'the group of ' : ''}process ${action.pid} (undo of ${id})`;
    if (outcome === 'ours') report.did.push(`sent ${what}`);
    if (outcome === 'refused') report.leftAlone.push(`could not send ${what}`);
    // Gone needs no undo, and what cannot be verified is reported where its processes are ended.
  }
}

/**
 * Ends the processes of the run: those the ledger names with their groups, then whoever else carries the
 * marker, again and again, since a process may start another one while we look.
 */
async function endProcesses(entries: readonly LedgerEntry[], run: string, report: CleanedRun): Promise<void> {
  const killed = new Map<number, number>();
  for (const started of entries.filter((entry) => entry.entry === 'process')) {
    endTree(started, run, killed, report);
  }
  const spared = ancestors();
  for (let waited = 0; waited <= DEADLINE_MS; waited += POLL_MS) {
    const strays = processesWith(RUN_MARKER, run).filter(({ pid }) => !spared.has(pid));
    if (strays.length === 0 && [...killed].every(hasEnded)) return;
    for (const { pid, startTicks } of strays) {
      const outcome = end({ pid, startTicks, group: false }, run);
      if (outcome === 'ours' && !killed.has(pid)) {
        killed.set(pid, startTicks);
        report.did.push(`killed process ${pid}, found by its marker`);
      }
    }
    await sleep(POLL_MS);
  }
  const left = [...killed].filter((process) => !hasEnded(process)).map(([pid]) => pid);
  const strays = processesWith(RUN_MARKER, run).map(({ pid }) => pid);
  for (const pid of new Set([...left, ...strays])) {
    if (spared.has(pid)) continue;
    report.leftAlone.push(`process ${pid} is still there after ${DEADLINE_MS} ms of SIGKILL`);
  }
}

/** True when no process of this number and start time runs any more. */
function hasEnded([pid, startTicks]: [number, number]): boolean {
  const info = processInfo(pid);
  return info === null || info.startTicks !== startTicks || info.state === 'Z' || info.state === 'X';
}

/** Ends a node's process, if it is verified, with everything it started: descent from it is proof enough. */
function endTree(
  started: { node: string; pid: number; startTicks: number; pgid: number },
  run: string,
  killed: Map<number, number>,
  report: CleanedRun,
): void {
  const { node, pid, startTicks, pgid } = started;
  const whose = belonging(pid, startTicks, run);
  if (whose === 'unverified') {
    report.leftAlone.push(
      `process ${pid} started when node ${node} did, but does not carry ${RUN_MARKER}=${run}`,
    );
    return;
  }
  // A number that went to somebody else says nothing about who is in its group now.
  if (whose === 'gone' && processInfo(pid)?.startTicks !== startTicks && processInfo(pid) !== null) return;
  const tree = processTree({ pid, startTicks });
  if (whose === 'gone') {
    for (const member of tree) {
      // One that is ending is waited for like those that are killed here.
      const state = belonging(member.pid, member.startTicks, run);
      if (state === 'gone') killed.set(member.pid, member.startTicks);
      if (state !== 'unverified') continue;
      report.leftAlone.push(
        `process ${member.pid} is of the group of node ${node}, which is gone, and does not carry ${RUN_MARKER}=${run}`,
      );
    }
    return;
  }
  if (tree.some((member) => member.pid === process.pid)) {
    report.leftAlone.push(`node ${node}: this very command was started by it`);
    return;
  }
  const outcome = end({ pid, startTicks, group: pgid === pid }, run);
  if (outcome === 'refused') {
    report.leftAlone.push(`process ${pid} of node ${node} could not be signalled`);
    return;
  }
  for (const member of tree) {
    killed.set(member.pid, member.startTicks);
    if (processInfo(member.pid)?.startTicks !== member.startTicks) continue;
    signal(member.pid, 'SIGCONT');
    signal(member.pid, 'SIGKILL');
  }
  // Woken by its undo, a node may end by itself before it is asked to: then there is nothing to tell.
  if (tree.length === 0) return;
  const noun = tree.length === 1 ? 'process' : 'processes';
  report.did.push(`killed node ${node}: ${noun} ${tree.map((member) => member.pid).join(', ')}`);
}

/** SIGCONT first: a debugger's or a container's idea of a stopped process may otherwise hold the SIGKILL back. */
function end(target: { pid: number; startTicks: number; group: boolean }, run: string): string {
  const woken = signalIfOurs(target, run, 'SIGCONT');
  return woken === 'ours' ? signalIfOurs(target, run, 'SIGKILL') : woken;
}

/** This process and those that started it: somebody may call `clean` from within a run. */
function ancestors(): Set<number> {
  const found = new Set<number>();
  for (let pid = process.pid; pid > 1 && !found.has(pid); ) {
    found.add(pid);
    pid = processInfo(pid)?.ppid ?? 0;
  }
  return found;
}

/** What the run left with Docker engines: containers, networks, volumes and images that carry its labels. */
async function emptyEngines(entries: readonly LedgerEntry[], run: string, report: CleanedRun): Promise<void> {
  const addresses = new Set(entries.flatMap((entry) => (entry.entry === 'engine' ? [entry.address] : [])));
  for (const address of addresses) {
    const { did, problems } = await removeLeftovers(address, run);
    report.did.push(...did);
    report.leftAlone.push(...problems);
  }
  const plans = entries.flatMap((entry) => (entry.entry === 'hosts' ? entry.hosts : []));
  if (plans.length === 0) return;
  const { did, problems } = await removeFromHosts(plans);
  report.did.push(...did);
  report.leftAlone.push(...problems);
}

/** Only what is unmistakably a temporary file of ours: directly in the temporary folder, named `faultline-*`. */
function removeTemporaries(entries: readonly LedgerEntry[], report: CleanedRun): void {
  for (const entry of entries) {
    if (entry.entry !== 'temporary' || !existsSync(entry.path)) continue;
    const path = resolve(entry.path);
    if (dirname(path) !== resolve(tmpdir()) || !basename(path).startsWith('faultline-')) {
      report.leftAlone.push(`${path} is not where temporary files of faultline are`);
      continue;
    }
    try {
      rmSync(path, { recursive: true });
      report.did.push(`removed ${path}`);
    } catch (error) {
      report.leftAlone.push(`${path} could not be removed: ${(error as Error).message}`);
    }
  }
}
