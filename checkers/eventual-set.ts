/**
 * Sets that converge: at the end what was added and never removed is there, and what was removed is not. Judged
 * on reads of the phase `final` (in a history without phases, on those invoked after all changes had ended), so
 * that nothing is asked of replicas that have not heard of each other yet.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { FAIL, type History, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult, Step } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import {
  clientCalls,
  Evidence,
  Meter,
  ofKey,
  outcomeCode,
  returned,
  step,
  ValueIds,
  who,
} from './evidence.ts';

/** One element of one set: invocations of the adds and removals that may have happened, and of adds that failed. */
interface Element {
  value: Json;
  adds: number[];
  failed: number[];
  removes: number[];
}

interface SetRecord {
  elements: Map<number, Element>;
  reads: number[];
  /** Last change of the set: its end, or its invocation when it never ended. */
  lastChange: number;
}

/**
 * Judges `add`, `remove` and `read` of lists, by key. A removal that is acknowledged must have seen the element.
 * O(final reads * elements).
 */
export function eventualSet(
  history: History,
  _options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const ids = new ValueIds(history);
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const stats = { added: 0, removed: 0, finalReads: 0 };
  const phased = history.indexesWhere((i) => history.phase(i) !== undefined).length > 0;
  for (const record of readSets(history, ids, meter).values()) {
    for (const element of record.elements.values()) {
      if (meter.over(1)) break;
      if (element.adds.some((call) => outcomeCode(history, call) === OK)) stats.added++;
      if (element.removes.some((call) => outcomeCode(history, call) === OK)) stats.removed++;
    }
    for (const read of record.reads) {
      if (phased ? history.phase(read) !== 'final' : read < record.lastChange) continue;
      if (meter.over(record.elements.size + 1)) break;
      stats.finalReads++;
      judge(history, ids, record, read, evidence, meter);
    }
  }
  return evidence.conclude(stats, {
    stopped: meter.stopped,
    vacuous:
      stats.added === 0
        ? 'no add was acknowledged'
        : stats.finalReads === 0
          ? 'no read ran after the changes had ended'
          : null,
  });
}

function readSets(history: History, ids: ValueIds, meter: Meter): Map<number, SetRecord> {
  const { fs, keys } = history.columns;
  const [readF, removeF] = ['read', 'remove'].map((f) => history.names.find(f));
  const records = new Map<number, SetRecord>();
  for (const call of clientCalls(history, 'add', 'remove', 'read')) {
    if (meter.over(1)) break;
    let record = records.get(keys[call]!);
    if (record === undefined) {
      record = { elements: new Map(), reads: [], lastChange: -1 };
      records.set(keys[call]!, record);
    }
    const outcome = outcomeCode(history, call);
    if (fs[call] === readF) {
      if (outcome === OK && Array.isArray(history.value(history.pair(call)))) record.reads.push(call);
      continue;
    }
    const element = elementOf(record, ids.of(history.value(call)), history.value(call));
    if (outcome !== FAIL) {
      (fs[call] === removeF ? element.removes : element.adds).push(call);
      record.lastChange = Math.max(record.lastChange, outcome === OK ? history.pair(call) : call);
    } else if (fs[call] !== removeF) element.failed.push(call);
  }
  return records;
}

function elementOf(record: SetRecord, id: number, value: Json): Element {
  let element = record.elements.get(id);
  if (element === undefined) {
    element = { value, adds: [], failed: [], removes: [] };
    record.elements.set(id, element);
  }
  return element;
}

function judge(
  history: History,
  ids: ValueIds,
  record: SetRecord,
  read: number,
  evidence: Evidence,
  meter: Meter,
): void {
  const answered = history.pair(read);
  const key = history.key(read);
  const present = new Set<number>();
  for (const value of history.value(answered) as Json[]) {
    const id = ids.of(value);
    present.add(id);
    elementOf(record, id, value);
  }
  for (const [id, { value, adds, failed, removes }] of record.elements) {
    const name = (): string => JSON.stringify(value);
    const seen = (): Step =>
      step(history, read, `A read at the end ${present.has(id) ? 'had' : 'did not have'} ${name()}.`);
    if (meter.over(1)) return;
    if (!present.has(id)) {
      // A removal explains it that may have happened by then, and not surely before the add.
      const explains = (call: number, add: number): boolean =>
        call < answered && returned(history, call) >= add;
      const added = adds.find(
        (add) => returned(history, add) < read && !removes.some((call) => explains(call, add)),
      );
      if (added === undefined) continue;
      const gone = removes.findLast((call) => call < added);
      evidence.add('lost-element', () => ({
        sentence: `What was added and not removed${gone === undefined ? '' : ' again'} must stay, but ${name()}${ofKey(key)}, added by ${who(history, added)}, was missing in the end for ${who(history, read)}.`,
        steps: [
          ...(gone === undefined ? [] : [step(history, gone, `A removal of ${name()} had ended.`)]),
          step(history, added, `The add of ${name()} was acknowledged.`),
          seen(),
        ],
        key,
      }));
      continue;
    }
    if (!adds.some((call) => call < answered)) {
      const aborted = failed[0];
      evidence.add(aborted === undefined ? 'phantom-element' : 'aborted-read', () => ({
        sentence: `Only what was added may be there, but ${name()}${ofKey(key)}, ${aborted === undefined ? 'which nobody had added' : 'whose add failed'}, was in the read of ${who(history, read)}.`,
        steps: [
          ...(aborted === undefined ? [] : [step(history, aborted, `The add of ${name()} failed.`)]),
          seen(),
        ],
        key,
      }));
      continue;
    }
    const removed = removes.find(
      (call) => returned(history, call) < read && adds.every((add) => returned(history, add) < call),
    );
    if (removed === undefined) continue;
    evidence.add('removed-element-returned', () => ({
      sentence: `What was removed must stay away, but ${name()}${ofKey(key)}, removed by ${who(history, removed)}, was there in the end for ${who(history, read)}.`,
      steps: [
        ...adds.map((add) => step(history, add, `${name()} was added.`)),
        step(history, removed, `Later its removal was acknowledged.`),
        seen(),
      ],
      key,
    }));
  }
}

/** The `eventual-set` checker. */
export const eventualSetChecker: Checker = {
  name: 'eventual-set',
  summary: 'in the end a set holds what was added and not removed, and nothing that was removed',
  options: {},
  reads: { add: 'add v', remove: 'remove v, acknowledged only if it saw v', read: 'read -> [v...]' },
  anomalies: {
    'lost-element': 'an acknowledged element, never removed, missing in the end',
    'removed-element-returned': 'an element there in the end though it was removed after every add',
    'phantom-element': 'an element that nobody had added',
    'aborted-read': 'an element whose add had failed',
  },
  check: eventualSet,
};
