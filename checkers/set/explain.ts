/**
 * What happened to one element, in words.
 */
import { type History, NONE } from '../../harness/history/history.ts';
import type { Anomaly, Step } from '../../harness/verdict.ts';
import { both } from '../evidence.ts';
import { instant } from '../quantiles.ts';
import type { Fates } from './elements.ts';

/** Ways in which an element goes wrong. */
export type SetKind = 'lost' | 'stale' | 'duplicated' | 'phantom' | 'resurrected';

const KIND_NAMES: Readonly<Record<SetKind, string>> = {
  lost: 'lost-element',
  stale: 'stale-read',
  duplicated: 'duplicated-element',
  phantom: 'phantom-element',
  resurrected: 'aborted-read',
};

/** The anomaly of one element. */
export function explainSet(history: History, fates: Fates, kind: SetKind, element: number): Anomaly {
  const value = fates.values[element]!;
  const name = JSON.stringify(value);
  const steps = stepsOf(history, fates, kind, element, name);
  const ops = [...new Set(steps.flatMap((step) => step.ops))].sort((a, b) => a - b);
  return {
    kind: KIND_NAMES[kind],
    sentence: sentenceOf(history, fates, kind, element, name),
    certainty: 'proved',
    ops,
    steps,
    fromNs: history.time(ops[0]!),
    toNs: history.time(ops.at(-1)!),
    detail: { element: value },
  };
}

function sentenceOf(history: History, fates: Fates, kind: SetKind, element: number, name: string): string {
  const at = (read: number): string => {
    const call = fates.ops.reads[read]!;
    const node = history.node(call);
    return `process ${history.process(call)}${node === undefined ? '' : ` at ${node}`} (${instant(history.time(call))})`;
  };
  const present = fates.presentRead[element]!;
  const absent = fates.absentRead[element]!;
  switch (kind) {
    case 'lost':
      return (
        `An acknowledged element must stay, but ${name}, known to be in the set at ` +
        `${instant(history.time(fates.known[element]!))}, was missing from the read of ${at(absent)} and ever after.`
      );
    case 'stale':
      return (
        `Reads must have everything acknowledged before them, but ${name}, in the set since ` +
        `${instant(history.time(fates.known[element]!))}, was missing from the read of ${at(absent)}.`
      );
    case 'duplicated':
      return `A set holds each element once, but ${name} came twice in the read of ${at(fates.duplicateRead[element]!)}.`;
    case 'phantom':
      if (fates.early.has(element)) {
        return `A set holds what was added, but ${name} was in the read of ${at(fates.early.get(element)!)} before anybody added it.`;
      }
      return `A set holds what was added, but ${name}, which nobody ever added, was in the read of ${at(present)}.`;
    default:
      return `A failed add must leave no trace, but ${name}, whose add failed, was in the read of ${at(present)}.`;
  }
}

function stepsOf(history: History, fates: Fates, kind: SetKind, element: number, name: string): Step[] {
  const steps: Step[] = [];
  const { ops } = fates;
  const read = (number: number, text: string): void => {
    if (number === NONE) return;
    const call = ops.reads[number]!;
    steps.push({ text, ops: [call, history.pair(call)] });
  };
  const acknowledged = ops.addOk[element] ?? NONE;
  const failed = ops.addFailed[element] ?? NONE;
  if (kind === 'phantom' && fates.early.has(element)) {
    read(fates.early.get(element)!, `A read had ${name}.`);
    steps.push({ text: `Only then was ${name} added.`, ops: [ops.addCall[element]!] });
    return steps;
  }
  if (kind === 'resurrected') {
    steps.push({ text: `The add of ${name} failed for certain.`, ops: [history.pair(failed), failed] });
  } else if (acknowledged !== NONE) {
    const ops = [history.pair(acknowledged), acknowledged];
    steps.push({ text: `The add of ${name} was acknowledged.`, ops });
  } else if (kind !== 'phantom') {
    const call = fates.ops.addCall[element];
    const text = `${name} was added; the outcome of that is not known.`;
    if (call !== undefined) steps.push({ text, ops: both(history, call) });
  }
  if (kind === 'duplicated') {
    read(fates.duplicateRead[element]!, `A read had ${name} more than once.`);
    return steps;
  }
  if (kind === 'lost' || kind === 'stale') {
    const known = fates.known[element]!;
    const shownBy = history.pair(known);
    // The read that showed it before its add was acknowledged, unless it is cited below.
    const last = kind === 'lost' ? fates.presentRead[element]! : NONE;
    if (known !== acknowledged && shownBy !== (last === NONE ? NONE : ops.reads[last])) {
      steps.push({ text: `A read had ${name}.`, ops: [shownBy, known] });
    }
    const before = kind === 'lost' ? `A read had ${name}; it was the last one.` : `A later read had ${name}.`;
    if (kind === 'lost') read(fates.presentRead[element]!, before);
    read(fates.absentRead[element]!, `A read invoked after that did not have ${name}.`);
    if (kind === 'stale') read(fates.presentRead[element]!, before);
    return steps;
  }
  read(fates.presentRead[element]!, `A read had ${name}.`);
  return steps;
}
