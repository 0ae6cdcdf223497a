/**
 * Walks the client operations of a history, both halves at once, without making an object per operation.
 */
import { type History, INFO, INVOKE, NONE, OK } from '../../harness/history/history.ts';
import type { Outcome } from '../format.ts';
import type { WitnessOp } from '../model.ts';
import { record, text } from '../read-json.ts';

/** Calls `visit` with the history index of each client invocation, in order. O(n). */
export function eachInvocation(history: History, visit: (index: number) => void): void {
  const { types, processes } = history.columns;
  for (let i = 0; i < history.length; i++) if (types[i] === INVOKE && processes[i]! >= 0) visit(i);
}

/** How the operation invoked at `index` ended. */
export function outcomeAt(history: History, index: number): Outcome {
  const pair = history.columns.pairs[index]!;
  if (pair === NONE) return 'open';
  const type = history.columns.types[pair]!;
  return type === OK ? 'ok' : type === INFO ? 'info' : 'fail';
}

/** The whole operation to which the history line `index` (either half) belongs; null for no such line. */
export function wholeOp(history: History, index: number): WitnessOp | null {
  if (!(Number.isInteger(index) && index >= 0 && index < history.length)) return null;
  const { types, pairs, errors } = history.columns;
  const pair = pairs[index]!;
  const start = types[index] === INVOKE || pair === NONE ? index : pair;
  const end = start === index ? pair : index;
  // An event the harness noted: nobody asked, and there is nothing ambiguous about it.
  const event = types[start] !== INVOKE;
  const error = end === NONE || errors[end] === NONE ? {} : record(history.values.get(errors[end]!));
  return {
    index: start,
    completion: end === NONE ? null : end,
    process: String(history.process(start)),
    node: history.node(start) ?? (end === NONE ? null : (history.node(end) ?? null)),
    f: history.f(start),
    key: history.key(start),
    value: history.value(start),
    result: end === NONE ? undefined : history.value(end),
    outcome: event ? 'ok' : outcomeAt(history, start),
    error: [text(error['kind']), text(error['message'])].filter(Boolean).join(': '),
    fromNs: history.time(start),
    toNs: end !== NONE ? history.time(end) : event ? history.time(start) : null,
  };
}
