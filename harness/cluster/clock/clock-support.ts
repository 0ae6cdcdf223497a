/**
 * Finds out what this machine can do to clocks, by doing it to a process of our own and asking that process what
 * time it is: kernels, emulators and security modules differ in too many ways to conclude it from versions.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { wallMs, within } from '../../time.ts';
import { attach, writeSetting } from './attach.ts';
import { toSetting } from './control-block.ts';
import { findLibfaketime, libfaketimeEnv, writeOffset } from './libfaketime.ts';

/** What this machine can do to clocks; found by trying it on a process of our own. */
export type ClockSupport =
  | { mechanism: 'vdso'; detail: string }
  | { mechanism: 'libfaketime'; detail: string; library: string }
  | { mechanism: 'none'; reason: string };

/** What to try; the defaults are this machine. */
export interface DetectOptions {
  platform?: string;
  arch?: string;
  /** Mechanisms to try, in this order; default: both. */
  mechanisms?: readonly ('vdso' | 'libfaketime')[];
  /** An existing folder for the file libfaketime reads during its trial; default: the system's for temporary files. */
  dir?: string;
  /** Where to look for libfaketime; default: where distributions put it. */
  libraries?: readonly string[];
}

const TRIAL_MS = 5000;
/** One hour: nothing else moves a clock by that. */
const TRIAL_SKEW_NS = 3600e9;
const TOLERANCE_MS = 60_000;
/** The program on trial: answers every line with the milliseconds its clock shows. */
const CHILD = 'process.stdin.on("data", () => process.stdout.write(+new Date + "\\n"))';

/** Tries the mechanisms in order of preference; about 100 ms each. Never throws. */
export async function detectClockSupport(options: DetectOptions = {}): Promise<ClockSupport> {
  const { platform = process.platform, arch = process.arch, mechanisms = ['vdso', 'libfaketime'] } = options;
  if (platform !== 'linux')
    return { mechanism: 'none', reason: `clock faults need Linux, this is ${platform}` };
  const problems: string[] = [];
  for (const mechanism of mechanisms) {
    if (mechanism === 'vdso') {
      const problem = await problemOf(() => tryVdso(arch));
      if (problem === null)
        return { mechanism, detail: 'a process of our own showed the offset written to it' };
      problems.push(problem);
    } else {
      const library = findLibfaketime(options.libraries);
      const problem =
        library === null
          ? 'libfaketime is not installed'
          : await problemOf(() => tryLibfaketime(library, options.dir ?? os.tmpdir()));
      if (library !== null && problem === null) return { mechanism, library, detail: library };
      problems.push(problem ?? '');
    }
  }
  return { mechanism: 'none', reason: problems.join('; ') };
}

async function problemOf(trial: () => Promise<void>): Promise<string | null> {
  try {
    await trial();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

async function tryVdso(arch: string): Promise<void> {
  if (arch !== 'x64') throw new Error(`vDSO patching needs x64, this is ${arch}`);
  await withTrialChild({}, async (pid, ask) => {
    await ask();
    const patched = await attach(pid);
    writeSetting(patched, toSetting({ offsetNs: TRIAL_SKEW_NS }, 0n));
    expectSkew(await ask(), 'the vDSO was patched, yet the process shows another time than was set');
  });
}

async function tryLibfaketime(library: string, dir: string): Promise<void> {
  const file = path.join(dir, `faultline-${process.pid}.clock`);
  writeOffset(file, 0);
  try {
    await withTrialChild(libfaketimeEnv(library, file), async (_, ask) => {
      await ask();
      writeOffset(file, TRIAL_SKEW_NS);
      expectSkew(await ask(), `${library} was preloaded, yet the process shows another time than was set`);
    });
  } finally {
    fs.rmSync(file, { force: true });
  }
}

function expectSkew(shownMs: number, otherwise: string): void {
  if (Math.abs(shownMs - wallMs() - TRIAL_SKEW_NS / 1e6) > TOLERANCE_MS) throw new Error(otherwise);
}

type TrialChild = ChildProcessByStdio<Writable, Readable, null>;

async function withTrialChild(
  env: Record<string, string>,
  trial: (pid: number, ask: () => Promise<number>) => Promise<void>,
): Promise<void> {
  const child: TrialChild = spawn(process.execPath, ['-e', CHILD], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const lines = createInterface({ input: child.stdout });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error('the process ended during the trial')));
  });
  // `failed` also settles when the trial is over and the child is killed; nobody listens then.
  failed.catch(() => undefined);
  // Asking after the end must not raise an unhandled EPIPE; the exit is what gets reported.
  child.stdin.on('error', () => undefined);
  try {
    const work = trial(child.pid ?? 0, () => askClock(child, lines));
    await within(TRIAL_MS, 'the clock trial', Promise.race([work, failed]));
  } finally {
    lines.close();
    child.kill('SIGKILL');
  }
}

function askClock(child: TrialChild, lines: Interface): Promise<number> {
  return new Promise((resolve) => {
    lines.once('line', (line) => resolve(Number(line)));
    child.stdin.write('?\n');
  });
}
