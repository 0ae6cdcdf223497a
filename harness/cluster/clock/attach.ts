/**
 * Puts the shim into a running process. The difficulty is a thread that stands between the first two instructions
 * of a function whose start we replace: it would run on in the middle of our jump. (Not a theory: of threads that
 * do nothing but read the clock, one attach in some 700 killed the process when nobody looked.) So either nobody is
 * there, because all threads sleep in the kernel, or the process is stopped for some milliseconds and its threads
 * are looked at. A patch is never taken out again: a thread may be inside the shim.
 */
import { DeadlineError, monotonicNs, sleep } from '../../time.ts';
import { processInfo } from '../proc.ts';
import {
  CONTROL,
  decodeControl,
  encodeSetting,
  type Setting,
  sameSetting,
  settingOffset,
} from './control-block.ts';
import {
  findControl,
  leadsToShim,
  type PatchPlan,
  type PatchWrite,
  planPatch,
  type ShimPlace,
} from './patch-plan.ts';
import { ProcessGone, ProcessMemory, threadPositions, vdsoRange } from './process-files.ts';
import { parseVdso } from './vdso-image.ts';

/** A process whose clock functions are ours. */
export interface PatchedProcess {
  pid: number;
  startTicks: number;
  /** Address of the control block; another program started in this process has none there. */
  controlAddress: number;
  /** `inherited`: it was forked from a patched process, or patched before. */
  how: 'live' | 'stopped' | 'inherited';
  place: ShimPlace | 'unknown';
  fastPath: boolean;
}

/** `auto`: live when every thread is seen to be out of the way, else stopped. `stopped`: always stop. */
export type AttachWay = 'auto' | 'stopped';

/** How to attach; the defaults are for production, the choices for tests and for a process that has just started. */
export interface AttachOptions {
  way?: AttachWay;
  place?: ShimPlace;
  /** Asked before the process is continued: true leaves it stopped, because a pause fault came meanwhile. */
  isPaused?: () => boolean;
  /** For all tries to stop together, milliseconds. */
  deadlineMs?: number;
}

const DEADLINE_MS = 1000;
const QUIET_POLL_MS = 1;
const LIVE_TRIES = 5;

/**
 * Attaches without waiting or stopping, if no thread is in the way; else null. Throws `VdsoError` (of which
 * `ProcessGone` is one) when the process cannot be patched at all. About 0.5 ms.
 */
export function attachNow(pid: number, options: AttachOptions = {}): PatchedProcess | null {
  return withProcess(pid, options.place, (target) => {
    if (target.inherited !== null) return target.inherited;
    if (options.way === 'stopped' || !target.plan.atomic) return null;
    // Code nobody runs yet goes in first, so that the look at the threads and the jumps are microseconds apart.
    target.writeCode();
    return nobodyInTheWay(pid, target.plan, target.vdsoStart) ? target.writeEntries('live') : null;
  });
}

/** Attaches, stopping the process for a moment if need be. Throws `VdsoError` or `DeadlineError`. */
export async function attach(pid: number, options: AttachOptions = {}): Promise<PatchedProcess> {
  // Most programs sleep most of the time; waiting a moment for that disturbs them less than stopping them.
  for (let i = 0; i < LIVE_TRIES; i++) {
    const now = attachNow(pid, options);
    if (now !== null) return now;
    if (options.way === 'stopped' || options.place === 'body') break;
    await sleep(QUIET_POLL_MS);
  }
  const deadline = monotonicNs() + (options.deadlineMs ?? DEADLINE_MS) * 1e6;
  while (monotonicNs() < deadline) {
    const patched = await tryStopped(pid, options, deadline);
    if (patched !== null) return patched;
    // A thread stood in the way. Let it run on a little and look again.
    await sleep(QUIET_POLL_MS);
  }
  throw new DeadlineError(`attaching to the clock of process ${pid}`, options.deadlineMs ?? DEADLINE_MS);
}

/** One try: stop, wait until no thread executes, write unless one stands in the way, continue. */
async function tryStopped(
  pid: number,
  options: AttachOptions,
  deadline: number,
): Promise<PatchedProcess | null> {
  const stat = processInfo(pid);
  if (stat === null) throw new ProcessGone(pid);
  const wasStopped = stat.state === 'T';
  if (!wasStopped) signal(pid, 'SIGSTOP');
  try {
    while (threadPositions(pid).includes('running')) {
      if (monotonicNs() >= deadline) return null;
      await sleep(QUIET_POLL_MS);
    }
    // From here to the last write nothing is awaited, so nobody in this program can continue the process.
    return withProcess(pid, options.place, (target) => {
      if (target.inherited !== null) return target.inherited;
      if (!nobodyInTheWay(pid, target.plan, target.vdsoStart)) return null;
      target.writeCode();
      return target.writeEntries('stopped');
    });
  } finally {
    if (!wasStopped && options.isPaused?.() !== true) signal(pid, 'SIGCONT');
  }
}

/** True when every thread's next instruction is known and outside the places the plan forbids. */
function nobodyInTheWay(pid: number, plan: PatchPlan, vdsoStart: number): boolean {
  if (plan.forbidden.length === 0) return true;
  return threadPositions(pid).every((position) => {
    if (position === 'running') return false;
    const offset = position - vdsoStart;
    return plan.forbidden.every(({ from, to }) => offset < from || offset >= to);
  });
}

/** An opened process: already patched, or with a plan and the means to carry it out. */
type Target =
  | { inherited: PatchedProcess }
  | {
      inherited: null;
      plan: PatchPlan;
      vdsoStart: number;
      writeCode(): void;
      writeEntries(how: 'live' | 'stopped'): PatchedProcess;
    };

function withProcess<T>(pid: number, place: ShimPlace | undefined, use: (target: Target) => T): T {
  const startTicks = processInfo(pid)?.startTicks;
  if (startTicks === undefined) throw new ProcessGone(pid);
  const memory = new ProcessMemory(pid);
  try {
    const { start: vdsoStart, bytes: length } = vdsoRange(pid);
    const bytes = memory.read(vdsoStart, length);
    const control = findControl(bytes);
    if (control !== null) {
      if (leadsToShim(parseVdso(bytes), control)) {
        const controlAddress = vdsoStart + control;
        const fastPath = bytes.readBigInt64LE(control + CONTROL.original) !== 0n;
        const inherited = {
          pid,
          startTicks,
          controlAddress,
          how: 'inherited',
          place: 'unknown',
          fastPath,
        } as const;
        return use({ inherited });
      }
      // Our code without the jumps: an attach that found a thread in the way. It is written again.
      bytes.fill(0, control);
    }
    const plan = planPatch(parseVdso(bytes), place);
    const write = (writes: readonly PatchWrite[]): void => {
      for (const { offset, bytes: code } of writes) memory.write(vdsoStart + offset, code);
    };
    const writeEntries = (how: 'live' | 'stopped'): PatchedProcess => {
      write(plan.entries);
      const controlAddress = vdsoStart + plan.controlOffset;
      return { pid, startTicks, controlAddress, how, place: plan.place, fastPath: plan.fastPath };
    };
    return use({ inherited: null, plan, vdsoStart, writeCode: () => write(plan.code), writeEntries });
  } finally {
    memory.close();
  }
}

/**
 * Makes a patched process show a setting, from its next clock read on; one that shows it is left alone. About 0.1 ms.
 * Throws `ProcessGone` when it runs another program now, `VdsoError`.
 */
export function writeSetting(patched: PatchedProcess, setting: Setting): void {
  withControl(patched, (memory, block) => {
    const before = decodeControl(block);
    if (sameSetting(before.setting, setting)) return;
    const generation = before.generation + 1n;
    memory.write(patched.controlAddress + settingOffset(generation), encodeSetting(setting));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64LE(generation);
    memory.write(patched.controlAddress + CONTROL.generation, counter);
  });
}

/** The setting a patched process shows, read from its memory. Throws `ProcessGone` when it runs another program now. */
export function readSetting(patched: PatchedProcess): Setting {
  return withControl(patched, (_, block) => decodeControl(block).setting);
}

/** What the vDSO of any process says about its clock: its setting, or null when it was never patched. */
export function inspectClock(pid: number): Setting | null {
  const memory = new ProcessMemory(pid);
  try {
    const range = vdsoRange(pid);
    const bytes = memory.read(range.start, range.bytes);
    const control = findControl(bytes);
    if (control === null || !leadsToShim(parseVdso(bytes), control)) return null;
    return decodeControl(bytes.subarray(control, control + CONTROL.bytes)).setting;
  } finally {
    memory.close();
  }
}

function withControl<T>(patched: PatchedProcess, use: (memory: ProcessMemory, block: Buffer) => T): T {
  const memory = new ProcessMemory(patched.pid);
  try {
    if (processInfo(patched.pid)?.startTicks !== patched.startTicks) throw new ProcessGone(patched.pid);
    const block = memory.read(patched.controlAddress, CONTROL.bytes);
    if (findControl(block) !== 0) throw new ProcessGone(patched.pid);
    return use(memory, block);
  } finally {
    memory.close();
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch {
    throw new ProcessGone(pid);
  }
}
