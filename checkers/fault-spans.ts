/**
 * The faults of a run as spans of time, read back from the nemesis operations in its history, so that a
 * checker can say under which fault something happened.
 */
import { type History, INVOKE, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { Budget } from './contract.ts';
import type { Meter } from './evidence.ts';
import { inTime, Pace } from './pace.ts';

/** One fault that was injected, whether or not it took. */
export interface FaultSpan {
  /** `partition-1`. */
  id: string;
  fault: string;
  mode: string;
  nodes: string[];
  /** The sides of a partition, where it had sides. */
  groups: string[][] | null;
  /** Index of the injection's invocation. */
  at: number;
  /** When the injection was reported installed, ns; false `installed`: it was skipped, failed or never answered. */
  fromNs: number;
  installed: boolean;
  /** When the undoing was invoked and completed, ns; Infinity while it was not. */
  untilNs: number;
  undoneNs: number;
}

/** Every fault of the history in order of injection. Throws OutOfBudget. O(n). */
export function faultSpans(history: History, pace: Pace): FaultSpan[] {
  const { types, processes, fs, pairs } = history.columns;
  const kinds = new Map<number, 'inject' | 'undo' | null>();
  const spans: FaultSpan[] = [];
  const byId = new Map<string, FaultSpan>();
  for (let i = 0; i < history.length; i++) {
    pace.step();
    if (types[i] !== INVOKE || processes[i]! >= 0) continue;
    let kind = kinds.get(fs[i]!);
    if (kind === undefined) kinds.set(fs[i]!, (kind = kindOf(history.f(i))));
    if (kind === null || !String(history.process(i)).startsWith('nemesis')) continue;
    const done = pairs[i]!;
    if (kind === 'inject') {
      const span = injected(history, i, done);
      spans.push(span);
      byId.set(span.id, span);
      continue;
    }
    const span = byId.get(field(history.value(i), 'id'));
    if (span === undefined) continue;
    span.untilNs = Math.min(span.untilNs, history.time(i));
    if (done !== NONE) span.undoneNs = Math.min(span.undoneNs, history.time(done));
  }
  return spans;
}

/** The same for a checker that meters its work: none, and the meter over, where the budget has ended. */
export function faultSpansInTime(history: History, budget: Budget, meter: Meter): FaultSpan[] {
  return inTime(
    () => faultSpans(history, new Pace(budget)),
    () => {
      meter.end();
      return [];
    },
  );
}

function kindOf(f: string): 'inject' | 'undo' | null {
  if (f.startsWith('inject-')) return 'inject';
  return f.startsWith('undo-') ? 'undo' : null;
}

function injected(history: History, i: number, done: number): FaultSpan {
  const value = history.value(i);
  const completed = done === NONE ? null : history.value(done);
  const fault = field(value, 'fault') || history.f(i).slice('inject-'.length);
  const nodes = nodesOf(completed) ?? nodesOf(value) ?? [];
  return {
    id: field(value, 'id') || `${fault}@${i}`,
    fault,
    mode: field(value, 'mode'),
    nodes,
    groups: groupsOf(completed) ?? groupsOf(value),
    at: i,
    fromNs: done === NONE ? history.time(i) : history.time(done),
    installed: done !== NONE && history.columns.types[done] === OK,
    untilNs: Number.POSITIVE_INFINITY,
    undoneNs: Number.POSITIVE_INFINITY,
  };
}

/** The spans in force, as far as is known, at some time within [fromNs, toNs]. */
export function activeFaults(spans: readonly FaultSpan[], fromNs: number, toNs: number): FaultSpan[] {
  return spans.filter((span) => span.installed && span.fromNs < toNs && span.untilNs > fromNs);
}

/** `partition n1 n2 | n3 n4 n5`, `pause of n2`: a fault as sentences name it. */
export function faultWords(span: FaultSpan): string {
  if (span.groups !== null) {
    return `${span.fault} ${span.groups.map((group) => group.join(' ')).join(' | ')}`;
  }
  const mode = span.mode === '' || span.mode === span.fault ? '' : ` (${span.mode})`;
  return span.nodes.length === 0 ? `${span.fault}${mode}` : `${span.fault}${mode} of ${span.nodes.join(' ')}`;
}

function record(value: Json | undefined): { [name: string]: Json } | null {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
}

function field(value: Json, name: string): string {
  const found = record(value)?.[name];
  return typeof found === 'string' ? found : '';
}

function nodesOf(value: Json): string[] | null {
  return textList(record(value)?.['nodes']);
}

function textList(value: Json | undefined): string[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  return value.every((item) => typeof item === 'string') ? (value as string[]) : null;
}

/** Sides are found in the parameters as planned, or in what the injection measured. */
function groupsOf(value: Json): string[][] | null {
  const all = record(value);
  const places = [record(all?.['params']), record(record(all?.['evidence'])?.['measures'])];
  for (const place of places) {
    const groups = place?.['groups'];
    if (!Array.isArray(groups) || groups.length < 2) continue;
    const lists = groups.map(textList);
    if (lists.every((list) => list !== null)) return lists as string[][];
  }
  return null;
}
