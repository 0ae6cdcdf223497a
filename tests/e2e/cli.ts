/**
 * Runs the real command line in a folder of its own, as a user would, and sees what it leaves.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clearForSecondTries } from '../kits/second-try.ts';

const BIN = fileURLToPath(new URL('../../bin/faultline.js', import.meta.url));

/** What one invocation came to. */
export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A started command line. */
export interface RunningCli {
  child: ChildProcess;
  /** Resolves when it has ended. */
  done: Promise<CliResult>;
  /** Resolves once stderr holds this text; rejects when the command ends without. */
  says(text: string): Promise<void>;
}

/** A working directory that is removed at the end, and with it what was started there and goes on. */
export class Workplace {
  readonly path = mkdtempSync(join(tmpdir(), 'faultline-e2e-'));
  readonly #children = new Set<ChildProcess>();

  constructor() {
    clearForSecondTries(this.path);
  }

  /** Starts `faultline <words>` here. */
  start(...words: string[]): RunningCli {
    const child = spawn(process.execPath, [BIN, ...words], {
      cwd: this.path,
      env: { ...process.env, NO_COLOR: '1', CI: 'true', npm_command: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    let stdout = '';
    let stderr = '';
    const waiting: { text: string; resolve: () => void }[] = [];
    child.stdout!.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr!.on('data', (chunk) => {
      stderr += chunk;
      for (const waiter of waiting) if (stderr.includes(waiter.text)) waiter.resolve();
    });
    const done = new Promise<CliResult>((resolve) => {
      child.on('close', (code, signal) => {
        this.#children.delete(child);
        resolve({ code, signal, stdout, stderr });
      });
    });
    const says = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        if (stderr.includes(text)) return resolve();
        waiting.push({ text, resolve });
        void done.then(() => reject(new Error(`ended without saying "${text}":\n${stderr}`)));
      });
    return { child, done, says };
  }

  /** Runs `faultline <words>` with all its output going to a device that is full. */
  startUnread(...words: string[]): Promise<{ code: number | null }> {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [BIN, ...words], { cwd: this.path, stdio: ['ignore', full, full] });
    return new Promise((resolve) => {
      child.on('close', (code) => {
        closeSync(full);
        resolve({ code });
      });
    });
  }

  /** Runs `faultline <words>` to its end. */
  run(...words: string[]): Promise<CliResult> {
    return this.start(...words).done;
  }

  file(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  read(...parts: string[]): string {
    return readFileSync(this.file(...parts), 'utf8');
  }

  remove(): void {
    for (const child of this.#children) child.kill('SIGTERM');
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Processes that carry the mark of a run in a folder below this one. Linux only. */
export function markedProcesses(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`FAULTLINE_RUN=${folder}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}
