/**
 * What earlier nights found: `trend.jsonl`, a line for each scenario of each night. Passes are folded into a count,
 * seeds that failed are kept. A line that is torn or of a later version is left out and said.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Verdict } from '../verdict.ts';
import type { RunKind } from './types.ts';

/** A seed that failed, and as what. */
export interface FailedSeed {
  seed: number;
  kinds: string[];
}

/** One scenario in one night. */
export interface TrendLine {
  schema: 1;
  /** When the night began, ISO 8601. */
  night: string;
  commit: string | null;
  scenario: string;
  kind: RunKind;
  /** Runs by verdict. */
  verdicts: Partial<Record<Verdict, number>>;
  /** Seeds that failed, at most `FAILED_SEEDS`. */
  failed: FailedSeed[];
  /** Mean length of a run, ms. */
  meanMs: number;
  /** Operations judged. */
  operations: number;
  /** Runs that broke before they ended as something else, or were not the same twice. */
  flaky: number;
}

/** Failing seeds remembered for a scenario and night. */
export const FAILED_SEEDS = 5;

/** Every night there was, oldest first, and what could not be read. */
export interface Trend {
  lines: TrendLine[];
  notes: string[];
}

/** Reads a trend file; none is an empty trend. */
export function readTrend(path: string): Trend {
  if (!existsSync(path)) return { lines: [], notes: [] };
  const lines: TrendLine[] = [];
  const notes: string[] = [];
  for (const [i, text] of readFileSync(path, 'utf8').split('\n').entries()) {
    if (text.trim() === '') continue;
    const line = parsed(text);
    if (line !== null) lines.push(line);
    else notes.push(`line ${i + 1} of ${path} is not of a trend and was left out`);
  }
  lines.sort((a, b) => (a.night < b.night ? -1 : a.night > b.night ? 1 : 0));
  return { lines: lastWords(lines), notes };
}

/** A night that was resumed, or merged again, is remembered as it was in the end. */
function lastWords(lines: readonly TrendLine[]): TrendLine[] {
  const last = new Map(lines.map((line) => [`${line.night} ${line.scenario}`, line]));
  return lines.filter((line) => last.get(`${line.night} ${line.scenario}`) === line);
}

function parsed(text: string): TrendLine | null {
  try {
    const line = JSON.parse(text) as TrendLine;
    return line?.schema === 1 && typeof line.scenario === 'string' && typeof line.night === 'string'
      ? line
      : null;
  } catch {
    return null;
  }
}

/** Appends a night in one write, so that no other night comes between its lines. */
export function appendTrend(path: string, lines: readonly TrendLine[]): void {
  mkdirSync(dirname(path), { recursive: true });
  // A last line that was torn must not tear the first one of tonight.
  const torn = existsSync(path) && !/(^|\n)$/.test(readFileSync(path, 'utf8'));
  appendFileSync(path, `${torn ? '\n' : ''}${lines.map((line) => `${JSON.stringify(line)}\n`).join('')}`);
}

const indexes = new WeakMap<readonly TrendLine[], Map<string, TrendLine[]>>();

/** The lines of one scenario, oldest first. The first call on a trend reads all of it, later ones look it up. */
export function nightsOf(lines: readonly TrendLine[], scenario: string): readonly TrendLine[] {
  let index = indexes.get(lines);
  if (index === undefined) {
    index = new Map();
    for (const line of lines) {
      const own = index.get(line.scenario);
      if (own === undefined) index.set(line.scenario, [line]);
      else own.push(line);
    }
    indexes.set(lines, index);
  }
  return index.get(scenario) ?? [];
}

/** How long a run of a scenario took lately: the mean of its last five nights, or null. */
export function knownMs(lines: readonly TrendLine[], scenario: string): number | null {
  const last = nightsOf(lines, scenario).slice(-5);
  if (last.length === 0) return null;
  return last.reduce((sum, { meanMs }) => sum + meanMs, 0) / last.length;
}
