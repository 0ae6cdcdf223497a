/**
 * Words the charts share: lengths of time, axis labels, what the tip says about an operation.
 */
import { moment } from '../../format.ts';
import type { View } from './view.ts';

/** Words for an operation under the pointer. */
export function tipOf(view: View, op: number): string {
  const { ops } = view;
  const key = ops.key(op);
  const outcome = { ok: 'ok', fail: 'failed', info: 'ambiguous', open: 'never answered' }[ops.outcome(op)];
  const error = ops.error(op);
  const took = ops.outcome(op) === 'open' ? '' : `, ${length(ops.columns.duration[op]!)}`;
  return [
    `${key === '' ? '' : `key ${key}  `}${ops.display(op).slice(0, 160)}`,
    `${outcome}${took}${error === '' ? '' : `  ${error.slice(0, 120)}`}`,
    `process ${ops.columns.process[op]}${ops.node(op) === '' ? '' : ` on ${ops.node(op)}`}, ${moment(ops.start(op) * 1000)}`,
  ].join('\n');
}

/** A length of time in microseconds, in words. */
export function length(us: number): string {
  if (us < 1000) return `${Math.round(us)} us`;
  if (us < 1e6) return `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  return `${(us / 1e6).toFixed(2)} s`;
}

/** A label of the axis, as fine as the stretch needs. */
export function axisText(time: number, span: number): string {
  const text = moment(time * 1000);
  if (span > 20e6) return text.slice(0, -4);
  return span > 20_000 ? text : `${text}${String(Math.round(time % 1000)).padStart(3, '0')}`;
}
