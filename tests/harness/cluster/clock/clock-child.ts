/**
 * Small programs that say what time it is, for tests: started as real processes, asked over their stdin, always
 * killed in the end.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll } from 'vitest';
import { within } from '../../../../harness/time.ts';
import { notInstalled, skipping } from '../../../kits/skipping.ts';

export interface ClockChild {
  process: ChildProcess;
  pid: number;
  /** The next line of its output, after a question. */
  ask(): Promise<string>;
  /** Its clock minus ours, milliseconds. */
  offsetMs(): Promise<number>;
}

const running: ChildProcess[] = [];

export function killChildren(): void {
  for (const child of running.splice(0)) {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
  }
}

/** A program that answers every line of input by its time in milliseconds (first number of the line). */
export function startChild(
  file: string,
  args: string[],
  env: Record<string, string | undefined> = process.env,
): ClockChild {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true, env });
  running.push(child);
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const next = waiting.shift();
    if (next === undefined) lines.push(line);
    else next(line);
  });
  child.stdin!.on('error', () => undefined);
  const ask = (): Promise<string> => {
    child.stdin!.write('?\n');
    const line = lines.shift();
    const answer =
      line === undefined ? new Promise<string>((resolve) => waiting.push(resolve)) : Promise.resolve(line);
    return within(10_000, `an answer of ${path.basename(file)}`, answer);
  };
  return {
    process: child,
    pid: child.pid!,
    ask,
    offsetMs: async () => Number.parseFloat(await ask()) - Date.now(),
  };
}

export const NODE_CLOCK = 'process.stdin.on("data", () => process.stdout.write(Date.now() + "\\n"))';
export const PYTHON_CLOCK =
  'import sys, time\nfor line in sys.stdin:\n    print(time.time() * 1000, time.monotonic() * 1000, flush=True)';

export const startNode = (): ClockChild => startChild(process.execPath, ['-e', NODE_CLOCK]);
export const startPython = (): ClockChild => startChild('python3', ['-c', PYTHON_CLOCK]);

/** Whether processes here can be patched. */
export const canPatch = !skipping(
  'clocks of processes that run',
  process.platform === 'linux' && process.arch === 'x64'
    ? null
    : `it needs Linux on x64, this is ${process.platform} on ${process.arch}`,
);

export const hasCompiler = !skipping('clocks of programs in C', notInstalled('cc', 'gcc libc6-dev'));
export const hasPython = !skipping('clocks of Python', notInstalled('python3', 'python3'));

const folders: string[] = [];
// Registered for every test file that imports this one.
afterAll(() => {
  for (const dir of folders.splice(0)) fs.rmSync(dir, { recursive: true, force: true });
});

/** Compiles C; returns the path of the program in a folder of its own. */
export function compile(source: string, flags: string[] = []): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'faultline-clock-'));
  folders.push(dir);
  const file = path.join(dir, 'program');
  fs.writeFileSync(`${file}.c`, source);
  const built = spawnSync('cc', ['-O1', '-o', file, `${file}.c`, '-lpthread', ...flags], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`cc failed: ${built.stderr}`);
  return file;
}

/** Reads the clock in every way C offers, in milliseconds: gettime, coarse, gettimeofday, time, monotonic. */
export const C_CLOCKS = `
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
static double ms(clockid_t c) { struct timespec t; clock_gettime(c, &t); return t.tv_sec * 1e3 + t.tv_nsec / 1e6; }
int main(void) {
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    struct timeval v;
    gettimeofday(&v, 0);
    printf("%.3f %.3f %.3f %.3f %.3f\\n", ms(CLOCK_REALTIME), ms(CLOCK_REALTIME_COARSE),
           v.tv_sec * 1e3 + v.tv_usec / 1e3, time(0) * 1e3, ms(CLOCK_MONOTONIC));
    fflush(stdout);
  }
}
`;

/** Threads that read the clock without pause; answers with the time, and ends at once if a read ever fails. */
export const C_SPINNERS = `
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static void *spin(void *x) {
  struct timespec t; struct timeval v;
  for (;;) { if (clock_gettime(CLOCK_REALTIME, &t) || gettimeofday(&v, 0) || time(0) < 0) abort(); }
  return x;
}
int main(int argc, char **argv) {
  int n = atoi(argv[1]); (void)argc;
  for (int i = 0; i < n; i++) { pthread_t p; pthread_create(&p, 0, spin, 0); }
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    struct timespec t; clock_gettime(CLOCK_REALTIME, &t);
    printf("%.3f\\n", t.tv_sec * 1e3 + t.tv_nsec / 1e6); fflush(stdout);
  }
}
`;
