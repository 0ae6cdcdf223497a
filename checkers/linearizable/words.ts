/**
 * Operations in words, for sentences and steps.
 */
import { type History, NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { ModelOp } from '../models/model.ts';
import { instant } from '../quantiles.ts';

/** `process 3 at n1`. */
export function actor(history: History, call: number): string {
  const node = history.node(call);
  return `process ${history.process(call)}${node === undefined ? '' : ` at ${node}`}`;
}

/** `1.200 s to 1.254 s`, or `from 1.200 s on` for an operation that was never answered for certain. */
export function interval(history: History, call: number, open: boolean): string {
  const from = instant(history.time(call));
  const ret = history.pair(call);
  if (open || ret === NONE) return `from ${from} on`;
  return `${from} to ${instant(history.time(ret))}`;
}

/** `process 3 at n1 wrote 5 (1.200 s to 1.254 s)`. */
export function deed(history: History, call: number, said: string, open: boolean): string {
  return `${actor(history, call)} ${said} (${interval(history, call, open)})`;
}

/** What a model is of, as readers call it: compare-and-set makes no other register of a register. */
export function objectWord(model: string): string {
  return model.replace(/^cas-/, '');
}

/** `Key 3` or `The register`. */
export function subject(history: History, key: number, model: string): string {
  return key === NONE ? `The ${objectWord(model)}` : `Key ${JSON.stringify(history.values.get(key))}`;
}

/** An operation as it was invoked, whatever its outcome: what reports draw. */
export function drawnOp(history: History, call: number, op: ModelOp, said: string, open: boolean): Json {
  const ret = history.pair(call);
  return {
    op: call,
    process: history.process(call),
    node: history.node(call) ?? null,
    f: op.f,
    text: said,
    callNs: history.time(call),
    retNs: open || ret === NONE ? null : history.time(ret),
    // Optional: it counts only as something that may have happened.
    optional: open,
  };
}

/** Invocations and completions of operations, ascending. */
export function withPairs(history: History, calls: readonly number[]): number[] {
  const ops = calls.flatMap((call) => {
    const ret = history.pair(call);
    return ret === NONE ? [call] : [call, ret];
  });
  return ops.sort((a, b) => a - b);
}
