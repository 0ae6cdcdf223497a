/**
 * What a replay has to show: whether the history is the same byte for byte, up to where, and what happened when.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Json, Op } from '../harness/op.ts';
import type { Transit } from './explain/space-time.ts';
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
      ...bothLines(differ, operationText),
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
    ...bothLines(differ, messageText),
  ];
}

/** Both lines that differ: in words, and as they are stored where the words are the same. */
function bothLines(
  differ: [string | undefined, string | undefined],
  words: (line: string) => string,
): string[] {
  const [before, now] = differ.map((line) => (line === undefined ? 'nothing: it had ended' : words(line)));
  if (before !== now) return [`  before   ${before}`, `  now      ${now}`];
  return [`  before   ${around(differ[0], differ[1])}`, `  now      ${around(differ[1], differ[0])}`];
}

/** `12.345678 ms  3 at n2 ok read "x" 4`; the line itself where it is no operation. */
function operationText(line: string): string {
  const op = parsed(line) as Op | null;
  if (op === null || typeof op.f !== 'string') return line;
  const at = op.node === undefined ? '' : ` at ${op.node}`;
  return `${(op.time / 1e6).toFixed(6)} ms  ${op.process}${at} ${whatOf(op)}`;
}

/** `12.345678 ms  n1 sends append to n2, delivered at 13.000000 ms`; a row holds its columns in order. */
function messageText(line: string): string {
  const row = parsed(line);
  if (!Array.isArray(row) || row.length < 9) return line;
  const [, , sent, ended, fate, , src, dest, type] = row as [number, number, number, number, ...string[]];
  const ms = (ns: number): string => `${(ns / 1e6).toFixed(6)} ms`;
  return `${ms(sent)}  ${src} sends ${type} to ${dest}, ${fate} at ${ms(ended)}`;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function whatOf(op: Op): string {
  const value = op.value === null ? '' : ` ${short(op.value)}`;
  const key = op.key === undefined ? '' : ` ${short(op.key)}`;
  const error = op.error === undefined ? '' : ` (${op.error.kind})`;
  return `${op.type} ${op.f}${key}${value}${error}`;
}

/** Something that happened, for a list of events. */
export interface TimedText {
  timeNs: number;
  text: string;
}

/** The sends and deliveries of messages that no journal holds. */
export function transitEvents(messages: readonly Transit[]): TimedText[] {
  return messages.flatMap(({ from, to, type, sentNs, endNs, fate }) => [
    { timeNs: sentNs, text: `${from} sends ${type} to ${to}` },
    ...(fate === 'delivered' ? [{ timeNs: endNs, text: `${to} receives ${type} from ${from}` }] : []),
  ]);
}

/** Every operation and every message of a run in order of time, one line each; `more` are further events. */
export function eventLines(
  history: string,
  messages: string | null,
  more: readonly TimedText[] = [],
): string[] {
  const rows: TimedText[] = [...more];
  for (const text of readFileSync(history, 'utf8').split('\n')) {
    if (text === '') continue;
    const op = JSON.parse(text) as Op;
    rows.push({ timeNs: op.time, text: `${op.process} ${whatOf(op)}` });
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
