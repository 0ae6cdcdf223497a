/**
 * A verdict as the message of a failed test: the promise, the sentence, the argument, the operations.
 */
import type { History } from '../../harness/history/history.ts';
import { originOf } from '../../harness/history/origin.ts';
import type { Op } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';

/** Witnesses are small; a checker that shows more than this shows a stretch, of which the ends say most. */
const MOST_OPS = 24;

/** Why the history breaks its promise; `anomalies` holds at least one. */
export function brokenPromise(
  history: History,
  promise: string,
  result: CheckerResult,
  anomalies: readonly Anomaly[],
): string {
  const [first] = anomalies;
  const found = first === undefined ? 'its checker fails it' : `found: ${first.kind}`;
  const lines = [`expected the history to ${promise}, but ${found}`, ''];
  if (first === undefined) lines.push(result.note ?? 'The checker gave no witness.');
  else lines.push(...witnessLines(history, first));
  // The count of a checker covers all of its kinds; filtered anomalies are counted as they are.
  const count =
    anomalies.length === result.anomalies.length
      ? (result.anomalyCount ?? anomalies.length)
      : anomalies.length;
  if (count > 1) lines.push('', `${count - 1} more ${count === 2 ? 'anomaly' : 'anomalies'} of this history`);
  return [...lines, ...originLines(history)].join('\n');
}

/** Why nothing can be said either way: an expectation met by ignorance would be worse than a failed one. */
export function undecided(history: History, promise: string, result: CheckerResult): string {
  const note = result.note ?? 'the checker gave no reason';
  const said = `expected the history to ${promise}, which cannot be told (verdict ${result.verdict}): ${note}`;
  return [said, ...originLines(history)].join('\n');
}

/** How to make the history again, where it knows. */
function originLines(history: History): string[] {
  const lines = originOf(history);
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `  ${line}`)];
}

function witnessLines(history: History, anomaly: Anomaly): string[] {
  const lines = [`  ${anomaly.sentence}`];
  anomaly.steps.forEach((step, i) => {
    lines.push(`  ${i === 0 ? 'because ' : '        '} ${step.text}`);
  });
  lines.push('', `  witness (${anomaly.kind}, operations of the history):`);
  const { ops } = anomaly;
  const shown = ops.length <= MOST_OPS ? ops : [...ops.slice(0, MOST_OPS / 2), ...ops.slice(-MOST_OPS / 2)];
  shown.forEach((i, at) => {
    if (ops.length > MOST_OPS && at === MOST_OPS / 2) lines.push(`    ... ${ops.length - MOST_OPS} more`);
    lines.push(`    ${opLine(history.op(i))}`);
  });
  return lines;
}

function opLine(op: Op): string {
  const key = op.key === undefined ? '' : ` key ${JSON.stringify(op.key)}`;
  const node = op.node === undefined ? '' : ` at ${op.node}`;
  const error = op.error === undefined ? '' : ` (${op.error.kind})`;
  const ms = (op.time / 1e6).toFixed(3);
  return `#${op.index} ${ms} ms process ${op.process}${node} ${op.type} ${op.f}${key} ${JSON.stringify(op.value)}${error}`;
}
