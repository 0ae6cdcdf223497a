/**
 * What a replay has to show: whether the history is the same byte for byte, up to where, and what happened when.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Json, Op } from '../harness/op.ts';
import { messageEvents } from './message-events.ts';

/** Two histories side by side. */
export interface Comparison {
  /** SHA-256 of each file, 16 hexadecimal digits. */
  hashes: [string, string];
  /** Operations they have in common from the beginning. */
  same: number;
  /** The first operation that differs, in each; undefined where that history had ended. */
  differ: [string | undefined, string | undefined] | null;
}

/**
 * Compares two history files. With `untilNs`, operations of that time and later are left out of the comparison,
 * and so is what the second run did after its load ended.
 */
export function compareHistories(before: string, after: string, untilNs?: number): Comparison {
  const texts = [before, after].map((path) => readFileSync(path, 'utf8'));
  const hashes = texts.map((text) => createHash('sha256').update(text).digest('hex').slice(0, 16));
  const [a, b] = texts.map((text) => earlier(text.split('\n').slice(0, -1), untilNs));
  let same = 0;
  while (same < a!.length && same < b!.length && a![same] === b![same]) same++;
  const over = same === a!.length && same === b!.length;
  return {
    hashes: [hashes[0]!, hashes[1]!],
    same,
    differ: over ? null : [a![same], b![same]],
  };
}

/** The comparison in sentences. */
export function comparisonLines(compared: Comparison, until: string | undefined): string[] {
  const { hashes, same, differ } = compared;
  if (differ !== null) {
    return [
      `history hash ${hashes[1]}, was ${hashes[0]}: not the same run; the first ${same} operations are equal, then`,
      `  before   ${around(differ[0], differ[1])}`,
      `  now      ${around(differ[1], differ[0])}`,
    ];
  }
  if (until !== undefined) return [`the same until ${until}: ${same} operations, byte for byte`];
  return [`history hash ${hashes[1]}: the same ${same} operations as before, byte for byte`];
}

/** What the journals of messages add: they part before the histories do. */
export function messageLines({ hashes, same, differ }: Comparison): string[] {
  if (differ === null) return [`message hash ${hashes[1]}: the same messages, byte for byte`];
  return [
    `message hash ${hashes[1]}, was ${hashes[0]}: the first ${Math.max(0, same - 1)} messages are equal, then`,
    `  before   ${around(differ[0], differ[1])}`,
    `  now      ${around(differ[1], differ[0])}`,
  ];
}

/** Every operation and every message of a run in order of time, one line each. */
export function eventLines(history: string, messages: string | null): string[] {
  const rows: { timeNs: number; text: string }[] = [];
  for (const text of readFileSync(history, 'utf8').split('\n')) {
    if (text === '') continue;
    const op = JSON.parse(text) as Op;
    const value = op.value === null ? '' : ` ${short(op.value)}`;
    const key = op.key === undefined ? '' : ` ${short(op.key)}`;
    const error = op.error === undefined ? '' : ` (${op.error.kind})`;
    rows.push({ timeNs: op.time, text: `${op.process} ${op.type} ${op.f}${key}${value}${error}` });
  }
  if (messages !== null) {
    const { graph, texts, timesNs } = messageEvents(messages);
    for (let i = 0; i < texts.length; i++) {
      rows.push({ timeNs: timesNs[i]!, text: `${graph.processes[graph.processOf[i]!]} ${texts[i]}` });
    }
  }
  // Stable: what has one time keeps its order.
  rows.sort((a, b) => a.timeNs - b.timeNs);
  return rows.map(({ timeNs, text }) => `${(timeNs / 1e6).toFixed(3).padStart(12)} ms  ${text}`);
}

/** The place where a line differs from another, with what stands around it. */
function around(line: string | undefined, other: string | undefined): string {
  if (line === undefined) return 'nothing: it had ended';
  let at = 0;
  while (at < line.length && line[at] === other?.[at]) at++;
  const from = Math.max(0, at - 80);
  return `${from > 0 ? '...' : ''}${line.slice(from, at + 80)}`;
}

function short(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}

function earlier(lines: string[], untilNs: number | undefined): string[] {
  if (untilNs === undefined) return lines;
  const end = lines.findIndex((line) => Number(/"time":(\d+)/.exec(line)?.[1]) >= untilNs);
  return end < 0 ? lines : lines.slice(0, end);
}
