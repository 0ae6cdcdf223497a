/**
 * Whether every planted bug shows itself: `faultline demo <system> --bug <bug>` for all of them, so many at a time,
 * each with each of these seeds, on the default backend. A table of exit, wall time, and how it was shown: by the run
 * on real processes, by a search, or by a search after a run that did not show it. Ends with 1 when one was not shown.
 * `npm run bench -- sim/demos [seeds, e.g. 1,2,3] [at a time] [bugs, or system]`
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monotonicNs } from '../../harness/time.ts';
import { systems } from '../../systems/index.ts';

interface Shown {
  code: number;
  seconds: number;
  how: 'run' | 'search' | 'search after a run' | 'not shown';
  /** The sentence of the checker. */
  by: string;
}

interface Task {
  system: string;
  bug: string;
  seed: string;
}

const seeds = (process.argv[2] ?? '1').split(',');
const atATime = Number(process.argv[3] ?? 2);
const only = process.argv[4]?.split(',');
const program = resolve('bin/faultline.js');

const tasks: Task[] = seeds.flatMap((seed) =>
  Object.values(systems).flatMap(({ name, bugs }) =>
    Object.keys(bugs)
      .filter((bug) => only === undefined || only.includes(bug) || only.includes(name))
      .map((bug) => ({ system: name, bug, seed })),
  ),
);

function demonstrate({ system, bug, seed }: Task): Promise<Shown> {
  const place = mkdtempSync(join(tmpdir(), 'faultline-demos-'));
  const began = monotonicNs();
  const words = [program, 'demo', system, '--bug', bug, '--seed', seed];
  const child = spawn(process.execPath, words, { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => {
      rmSync(place, { recursive: true, force: true });
      done({
        code: code ?? -1,
        seconds: (monotonicNs() - began) / 1e9,
        how: howOf(code, said),
        by: byOf(said),
      });
    });
  });
}

function howOf(code: number | null, said: string): Shown['how'] {
  if (code !== 0) return 'not shown';
  if (said.includes('this run did not show it')) return 'search after a run';
  return /^search /m.test(said) ? 'search' : 'run';
}

function byOf(said: string): string {
  const line = /^\d\d:\d\d:\d\d checker (\S+) . fail/m.exec(said) ?? /^(?:✖|x) (\S+: \S+)/m.exec(said);
  return line?.[1] ?? '';
}

const missed: string[] = [];
const seconds: number[] = [];
const next = tasks[Symbol.iterator]();

async function worker(): Promise<void> {
  for (const task of { [Symbol.iterator]: () => next }) {
    const shown = await demonstrate(task);
    const name = `${task.system} ${task.bug}`;
    seconds.push(shown.seconds);
    if (shown.code !== 0) missed.push(`${name} (seed ${task.seed})`);
    const columns = [
      shown.code === 0 ? '✓' : '✖',
      name.padEnd(44),
      `seed ${task.seed}`,
      `${shown.seconds.toFixed(0)} s`.padStart(5),
      `load ${loadavg()[0]!.toFixed(0)}`.padEnd(7),
      shown.how.padEnd(18),
      shown.by,
    ];
    process.stdout.write(`${columns.join('  ').trimEnd()}\n`);
  }
}

await Promise.all(Array.from({ length: atATime }, worker));
seconds.sort((a, b) => a - b);
const median = seconds[Math.floor(seconds.length / 2)] ?? 0;
process.stdout.write(
  `${tasks.length - missed.length} of ${tasks.length} demonstrations showed their bug; ` +
    `median ${median.toFixed(0)} s, longest ${(seconds.at(-1) ?? 0).toFixed(0)} s\n`,
);
for (const name of missed) process.stdout.write(`not shown: ${name}\n`);
process.exitCode = missed.length === 0 && tasks.length > 0 ? 0 : 1;
