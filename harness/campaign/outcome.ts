/**
 * What a run's process left behind, as a verdict: its folder, its exit code, the last words it said.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { VerdictFile } from '../store/files.ts';
import type { RunFolder } from '../store/run-folder.ts';
import { EXIT_USAGE, type Verdict } from '../verdict.ts';
import type { Attempt } from './attempts.ts';

/** How a process ended. */
export interface ProcessEnd {
  code: number | null;
  signal: string | null;
  /** It was ended because it took longer than a run may. */
  late: boolean;
  /** It could not even be started: why. */
  notStarted?: string;
}

/** What a try says, apart from when and why it was made. */
export type Outcome = Pick<
  Attempt,
  | 'verdict'
  | 'sentence'
  | 'final'
  | 'kinds'
  | 'foundBy'
  | 'checkers'
  | 'operations'
  | 'faults'
  | 'digest'
  | 'repro'
  | 'ownSeed'
>;

/** Exit codes that go with a verdict a run wrote. */
const JUDGED = [0, 1, 2, 3, 4];
const WORDS_BYTES = 4_096;
/** With less than this on a disk a run cannot begin. */
const ROOM_BYTES = 64 * 1024;

/** Reads what became of a run. `log` holds what the process said; `repro` is used where the run names none. */
export function readOutcome(folder: RunFolder, log: string, end: ProcessEnd, repro: string): Outcome {
  const stored = verdictOf(folder);
  if (stored === null || (!JUDGED.includes(end.code ?? -1) && stored.verdict !== 'fail')) {
    return { ...NOTHING, sentence: whyBroken(log, end), final: end.late || end.code === EXIT_USAGE, repro };
  }
  const found = Object.entries(stored.checkers).filter(([, { verdict }]) => verdict === 'fail');
  return {
    verdict: stored.verdict,
    sentence: stored.sentence,
    final: end.late,
    kinds: [...new Set(found.flatMap(([, { anomalies }]) => anomalies.map(({ kind }) => kind)))].sort(),
    foundBy: found.map(([name]) => name),
    checkers: Object.fromEntries(
      Object.entries(stored.checkers).map(([name, { verdict }]): [string, Verdict] => [name, verdict]),
    ),
    operations: stored.counts.invoked,
    faults: {
      planned: stored.faults.length,
      fired: stored.faults.filter(({ state }) => state === 'installed').length,
    },
    digest: digestOf(folder),
    repro,
    ownSeed: stored.seed,
  };
}

/** The longest account of a process that is kept; of a longer one its beginning and its end. */
const LOG_BYTES = 4 * 1024 * 1024;

/** Takes the middle out of the account of a process that said too much. */
export function shortenLog(log: string, mostBytes = LOG_BYTES): void {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= mostBytes) return;
  const half = Math.floor(mostBytes / 2);
  const [from, to] = [Buffer.alloc(half), Buffer.alloc(half)];
  const fd = openSync(log, 'r');
  try {
    readSync(fd, from, 0, half, 0);
    readSync(fd, to, 0, half, size - half);
  } finally {
    closeSync(fd);
  }
  writeFileSync(log, Buffer.concat([from, Buffer.from(`\n... ${size - 2 * half} bytes left out ...\n`), to]));
}

/** Removes what only somebody who looks for a failure reads. */
export function prune(folder: RunFolder): void {
  for (const which of ['history', 'messages', 'logs'] as const)
    rmSync(folder.file(which), { recursive: true, force: true });
}

const NOTHING = {
  verdict: 'broken' as const,
  kinds: [],
  foundBy: [],
  checkers: {},
  operations: 0,
  faults: { planned: 0, fired: 0 },
  digest: null,
  ownSeed: null,
};

function verdictOf(folder: RunFolder): VerdictFile | null {
  if (!folder.has('verdict')) return null;
  try {
    return folder.readVerdict();
  } catch {
    // A verdict that cannot be read is none; what the process said is told instead.
    return null;
  }
}

function whyBroken(log: string, { code, signal, late, notStarted }: ProcessEnd): string {
  if (notStarted !== undefined) return notStarted;
  if (late) return 'the run took longer than it may (runLimit)';
  const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  const said = lastWords(log);
  if (said !== '') return `the run ${how}: ${said}`;
  return isFull(dirname(log)) ? `the run ${how}: the disk is full` : `the run ${how} without a verdict`;
}

/** Whether nothing more can be written into a folder: then a run cannot even say so. */
function isFull(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize < ROOM_BYTES;
}

/** The last lines that say something, on one. */
function lastWords(log: string): string {
  if (!existsSync(log)) return '';
  const fd = openSync(log, 'r');
  try {
    const { size } = fstatSync(fd);
    const end = Buffer.alloc(Math.min(size, WORDS_BYTES));
    readSync(fd, end, 0, end.length, size - end.length);
    const text = end.toString('utf8');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const ours = lines.findLast((line) => line.startsWith('faultline:'));
    return (ours ?? lines.at(-1) ?? '').replace(/^faultline: (broken: )?/, '').slice(0, 500);
  } finally {
    closeSync(fd);
  }
}

const CHUNK_BYTES = 1 << 20;

/** In pieces: a history may be longer than memory. O(n). */
function digestOf(folder: RunFolder): string | null {
  if (!folder.has('history')) return null;
  const hash = createHash('sha256');
  const fd = openSync(folder.file('history'), 'r');
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let n = readSync(fd, chunk); n > 0; n = readSync(fd, chunk)) hash.update(chunk.subarray(0, n));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}
