/**
 * The operations of a stretch as text to take away: a diagram for an issue, JSON for a script, a history that
 * `faultline check` and tests read. Pure.
 */
import type { Json } from '../../../harness/op.ts';
import { moment, OUTCOME_WORD, type Outcome } from '../../format.ts';
import { parsePlain } from './plain.ts';

/** One operation, as the page knows it; times in microseconds, texts as shown. */
export interface StretchOp {
  index: number;
  process: number;
  node: string;
  f: string;
  key: string;
  value: string;
  result: string;
  outcome: Outcome;
  error: string;
  words: string;
  start: number;
  end: number;
}

const BAR = 60;

/** One line each, in order of invocation, bars to one scale. */
export function diagramOf(ops: readonly StretchOp[], from: number, to: number): string {
  const scale = BAR / Math.max(1, to - from);
  const at = (time: number): number => Math.max(0, Math.min(BAR, Math.round((time - from) * scale)));
  const lines = ops.map((op) => {
    const who = `p${op.process}${op.node === '' ? '' : ` ${op.node}`}`.padEnd(10);
    const open = op.outcome === 'info' || op.outcome === 'open';
    const [x0, x1] = [at(op.start), open ? BAR : Math.max(at(op.start) + 1, at(op.end))];
    const body = open
      ? `├${'┄'.repeat(Math.max(0, x1 - x0 - 1))}`
      : `├${'─'.repeat(Math.max(0, x1 - x0 - 1))}┤`;
    const key = op.key === '' ? '' : `${op.key}: `;
    const ended =
      op.outcome === 'ok' ? '' : `  ${OUTCOME_WORD[op.outcome]}${op.error === '' ? '' : ` (${op.error})`}`;
    return `${who}${(' '.repeat(x0) + body).padEnd(BAR + 3)}${key}${op.words}${ended}`;
  });
  return [`${moment(from * 1000)} to ${moment(to * 1000)}`, ...lines].join('\n');
}

/** The operations as data; values as JSON where the page has the whole of them, as texts otherwise. */
export function jsonOf(ops: readonly StretchOp[]): string {
  const value = (text: string): Json => {
    const parsed = parsePlain(text);
    return parsed === undefined ? text : parsed;
  };
  const rows = ops.map((op) => ({
    op: op.index,
    process: op.process,
    ...(op.node === '' ? {} : { node: op.node }),
    f: op.f,
    ...(op.key === '' ? {} : { key: value(op.key) }),
    value: value(op.value),
    ...(op.outcome === 'ok' ? { result: value(op.result) } : {}),
    outcome: op.outcome,
    ...(op.error === '' ? {} : { error: op.error }),
    startUs: op.start,
    endUs: op.outcome === 'open' ? null : op.end,
  }));
  return JSON.stringify(rows, null, 1);
}

/** A history of just these operations, one line per half; null when a value was cut, because a guess would be a lie. */
export function fixtureOf(ops: readonly StretchOp[]): string | null {
  const lines: { time: number; line: Record<string, Json> }[] = [];
  for (const op of ops) {
    const [value, result, key] = [op.value, op.result, op.key].map(parsePlain);
    if (value === undefined || result === undefined || key === undefined) return null;
    const base: Record<string, Json> = { process: op.process, f: op.f };
    if (op.key !== '') base['key'] = key;
    if (op.node !== '') base['node'] = op.node;
    lines.push({ time: op.start, line: { ...base, type: 'invoke', value } });
    if (op.outcome === 'open') continue;
    const done: Record<string, Json> = {
      ...base,
      type: op.outcome,
      value: op.outcome === 'ok' ? result : value,
    };
    if (op.error !== '') {
      const [kind = 'unnamed', ...rest] = op.error.split(': ');
      done['error'] = { kind, message: rest.join(': '), definite: op.outcome === 'fail' };
    }
    lines.push({ time: op.end, line: done });
  }
  lines.sort((a, b) => a.time - b.time);
  return lines
    .map(({ time, line }, index) => JSON.stringify({ index, time: time * 1000, ...line }))
    .join('\n');
}
