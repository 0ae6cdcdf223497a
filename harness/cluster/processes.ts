/**
 * The one home of execa: starts node processes in groups of their own, and runs short commands. Nothing
 * started here survives the harness: groups that still live when it exits are killed on the way out, and
 * what a SIGKILL of the harness leaves behind is found by the ledger and the marker in the environment.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { Options } from 'execa';
import type { ProgramSpec } from '../contracts.ts';
import { after } from '../time.ts';
import { ClusterError, type Exit } from './cluster-error.ts';
import { processInfo, processTree, signal } from './proc.ts';

/** A process we started, leader of its own group and session. */
export interface RunningProcess {
  readonly pid: number;
  readonly startTicks: number;
  /** Present when started with pipes. */
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  /** Resolves when the leader has ended; descendants may still live. Never rejects. */
  readonly exited: Promise<Exit>;
}

/** Where a started process reads from and writes to. */
export interface Plumbing {
  /** `pipe` for nodes that speak over stdin and stdout. */
  protocol: 'pipe' | 'none';
  /** Open file descriptors; `stdoutFd` is not used with pipes. */
  stdoutFd: number;
  stderrFd: number;
  /** What the program finds open from descriptor 3 on. */
  moreFds?: readonly number[];
}

/** How long the rest of an ended process's output is waited for. */
const DRAIN_MS = 50;
/** Longest output of a short command, bytes. */
const MOST = 100 * 1024 * 1024;

const live = new Map<number, { pid: number; startTicks: number }>();
let exitHook = false;

/**
 * Starts a program. Resolves when the process exists; rejects with `ClusterError` when it could not be
 * started at all. `onSpawn` runs synchronously as soon as the pid is known.
 */
export async function startProcess(
  spec: ProgramSpec,
  env: Record<string, string>,
  plumbing: Plumbing,
  onSpawn: (pid: number, startTicks: number) => void,
): Promise<RunningProcess> {
  if (spec.cwd !== undefined && !existsSync(spec.cwd)) {
    throw new ClusterError(`cannot start ${spec.file}: its working directory ${spec.cwd} does not exist`);
  }
  const piped = plumbing.protocol === 'pipe';
  const options: Options = {
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stripFinalNewline: false,
    encoding: 'buffer',
    // The types name only the standard descriptors; any open one works.
    stdio: [
      piped ? 'pipe' : 'ignore',
      piped ? 'pipe' : (plumbing.stdoutFd as 1),
      plumbing.stderrFd as 2,
      ...((plumbing.moreFds ?? []) as 2[]),
    ],
    // The marks of the run and of its clocks stand above what the program brings along.
    env: { ...spec.env, ...env },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  };
  const { execa } = await import('execa');
  const child = execa(spec.file, spec.args, options);
  const { pid } = child;
  if (pid === undefined) {
    const result = await child;
    throw new ClusterError(`cannot start ${spec.file}: ${whyNotStarted(spec, result)}`);
  }
  const startTicks = processInfo(pid)?.startTicks ?? 0;
  live.set(pid, { pid, startTicks });
  installExitHook();
  try {
    onSpawn(pid, startTicks);
  } catch (error) {
    // A process that could not be recorded must not live.
    killTree({ pid, startTicks });
    forget(pid);
    throw error;
  }
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, name) => {
      const exit = { code, signal: name };
      const { stdout } = child;
      if (stdout === null || stdout.closed) return resolve(exit);
      // Its last words may still be in the pipe; a descendant that holds the pipe open is not waited for.
      const timer = after(DRAIN_MS, () => resolve(exit));
      stdout.once('close', () => {
        timer.cancel();
        resolve(exit);
      });
    });
  });
  // A broken pipe to an ended node is expected; its end is reported by `exited`.
  child.stdin?.on('error', () => undefined);
  child.stdout?.on('error', () => undefined);
  return { pid, startTicks, stdin: child.stdin, stdout: child.stdout, exited };
}

/** Processes of a started tree that still live, leader first. Without /proc: the leader, if it lives. */
export function livingTree(leader: { pid: number; startTicks: number }): number[] {
  const tree = processTree(leader).map((p) => p.pid);
  if (tree.length > 0 || leader.startTicks !== 0) return tree;
  return signalZero(leader.pid) ? [leader.pid] : [];
}

/**
 * kill -9 of a whole tree. SIGCONT follows SIGKILL, so that a stopped process surely ends and still runs not
 * one instruction more. Synchronous; returns the pids that were signalled. Call `forget` once none lives.
 */
export function killTree(leader: { pid: number; startTicks: number }): number[] {
  const pids = livingTree(leader);
  if (pids.includes(leader.pid) || leader.startTicks === 0) {
    signal(-leader.pid, 'SIGKILL');
    signal(-leader.pid, 'SIGCONT');
  }
  for (const pid of pids) {
    signal(pid, 'SIGKILL');
    signal(pid, 'SIGCONT');
  }
  return pids;
}

/** Drops a tree that has ended from the list killed at exit. */
export function forget(pid: number): void {
  live.delete(pid);
}

/** Runs a short command to its end while everything else waits; why it failed, or null. */
export function runNow(file: string, args: readonly string[]): string | null {
  const result = spawnSync(file, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: MOST,
  });
  return failureNow(file, result);
}

/** Output of a short command that must succeed, run to its end while everything else waits. Throws in its words. */
export function outputNow(file: string, args: readonly string[], input = ''): string {
  const result = spawnSync(file, args, { encoding: 'utf8', input, maxBuffer: MOST });
  const failure = failureNow(file, result);
  if (failure !== null) throw new Error(`${file}: ${failure.trim()}`);
  return result.stdout.replace(/\r?\n$/, '');
}

/** In the command's own words, where it has any. */
function failureNow(
  file: string,
  { error, status, signal, stderr }: SpawnSyncReturns<string>,
): string | null {
  if (error === undefined && status === 0) return null;
  if (stderr) return stderr.replace(/\r?\n$/, '');
  if (error !== undefined) return error.message;
  return `${file} ended with ${signal === null ? `exit code ${status}` : `signal ${signal}`}`;
}

/** What a command did: its end, and what it wrote (each stream up to `maxBytes`). */
export interface CommandResult {
  exit: Exit;
  stdout: string;
  stderr: string;
  timedOut: boolean;
  /** The command did not start: why. */
  notStarted?: string;
}

/** Limits and input of a command. */
export interface CommandOptions {
  timeoutMs: number;
  env?: Record<string, string>;
  cwd?: string;
  /** Written to stdin, which is then closed; absent: stdin is empty. */
  input?: string;
  signal?: AbortSignal;
  maxBytes?: number;
}

/** Runs a command to its end in its own group; at the deadline or abort the group is killed. Never rejects. */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const started: Options = {
    detached: true,
    cleanup: false,
    reject: false,
    maxBuffer: options.maxBytes ?? 1 << 20,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  };
  const { execa } = await import('execa');
  if (options.signal?.aborted)
    return {
      exit: { code: null, signal: null },
      stdout: '',
      stderr: '',
      timedOut: false,
      notStarted: 'aborted before it started',
    };
  const child = execa(file, [...args], started);
  const { pid } = child;
  if (pid === undefined) {
    const result = await child;
    return {
      exit: { code: null, signal: null },
      stdout: '',
      stderr: '',
      timedOut: false,
      notStarted: whyNotStarted({ file, args: [...args] }, result),
    };
  }
  const leader = { pid, startTicks: processInfo(pid)?.startTicks ?? 0 };
  live.set(pid, leader);
  installExitHook();
  let timedOut = false;
  const end = (): void => void killTree(leader);
  const timer = after(options.timeoutMs, () => {
    timedOut = true;
    end();
  });
  options.signal?.addEventListener('abort', end, { once: true });
  const result = await child;
  timer.cancel();
  options.signal?.removeEventListener('abort', end);
  killTree(leader);
  forget(pid);
  return {
    exit: { code: result.exitCode ?? null, signal: result.signal ?? null },
    stdout: String(result.stdout ?? ''),
    stderr: String(result.stderr ?? ''),
    timedOut,
  };
}

function whyNotStarted(spec: ProgramSpec, result: object): string {
  const code = 'code' in result ? String(result.code) : 'unknown error';
  if (code === 'ENOENT') {
    return spec.file.includes('/')
      ? 'no such file (or the interpreter in its first line does not exist)'
      : 'no such command on the PATH';
  }
  if (code === 'EACCES') return 'permission denied (is it executable?)';
  const message = 'originalMessage' in result ? `: ${String(result.originalMessage)}` : '';
  return `${code}${message}`;
}

function signalZero(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function installExitHook(): void {
  if (exitHook) return;
  exitHook = true;
  process.on('exit', () => {
    for (const leader of live.values()) killTree(leader);
  });
}
