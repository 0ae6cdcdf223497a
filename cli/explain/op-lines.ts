/**
 * Every operation of a stretch of a run, one a line, with its values whole: what a page too small for all of them lacks,
 * and what is searched with other tools.
 */
import { type History, NONE } from '../../harness/history/history.ts';
import { eachInvocation, wholeOp } from '../../reports/derive/operations.ts';
import { duration, json, moment, OUTCOME_WORD, operation } from '../../reports/format.ts';

/** Longest value, in characters. */
const VALUE_LIMIT = 100_000;

/** Client operations that touch [fromNs, toNs], in order of invocation. O(n). */
export function* opLines(history: History, fromNs: number, toNs: number): Generator<string> {
  const { times, pairs } = history.columns;
  const indexes: number[] = [];
  eachInvocation(history, (i) => {
    const ended = pairs[i] === NONE ? Number.POSITIVE_INFINITY : times[pairs[i]!]!;
    if (times[i]! <= toNs && ended >= fromNs) indexes.push(i);
  });
  for (const index of indexes) yield lineOf(history, index);
}

function lineOf(history: History, index: number): string {
  const op = wholeOp(history, index)!;
  const took = op.toNs === null ? '' : duration(op.toNs - op.fromNs);
  const key = op.key === undefined ? '' : `${json(op.key, VALUE_LIMIT)}: `;
  const error = op.error === '' ? '' : ` (${op.error})`;
  const cells = [
    String(index).padStart(8),
    moment(op.fromNs),
    took.padStart(8),
    `p${op.process}`,
    op.node ?? '-',
  ];
  return `${cells.join('  ')}  ${key}${operation(op, VALUE_LIMIT)}  ${OUTCOME_WORD[op.outcome]}${error}`;
}
