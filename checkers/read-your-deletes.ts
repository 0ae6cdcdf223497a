/**
 * Read your deletes: what was deleted stays away until somebody adds it again. Within a process only deletes
 * of what that process knew to be there bind it; across the whole system only adds that were over before the
 * delete began count as deleted. Where another add may have come later nothing is claimed.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { FAIL, type History, INFO, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { clientCalls, Evidence, Meter, NEVER, ofKey, outcomeCode, step, ValueIds, who } from './evidence.ts';
import { choiceOption } from './options.ts';

const SCOPES = ['process', 'global'] as const;
type Scope = (typeof SCOPES)[number];

/** One element of one object. */
interface Element {
  /** Adds that may have happened, by invocation. */
  adds: number[];
  /** First event at which a read that had it was answered, NEVER for none. */
  seen: number;
  /** By process: first event at which it had read the element. */
  seenBy: Map<number, number>;
  /** Acknowledged deletes, by process (or for all under -1): invocation. */
  deletes: Map<number, number[]>;
}

/** Judges `add` or `write`, `delete` or `remove`, and `read`s of lists, by key. Options: `scope`. O(size of the reads). */
export function readYourDeletes(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const scope = choiceOption(options, 'scope', SCOPES, 'process');
  const { fs, keys } = history.columns;
  const [readF, deleteF, removeF] = ['read', 'delete', 'remove'].map((f) => history.names.find(f));
  const ids = new ValueIds(history);
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const objects = new Map<number, Map<number, Element>>();
  const elementOf = (call: number, value: Json): Element => {
    let of = objects.get(keys[call]!);
    if (of === undefined) objects.set(keys[call]!, (of = new Map()));
    const id = ids.of(value);
    let element = of.get(id);
    if (element === undefined) {
      element = { adds: [], seen: NEVER, seenBy: new Map(), deletes: new Map() };
      of.set(id, element);
    }
    return element;
  };
  const stats = { adds: 0, deletes: 0, reads: 0 };
  const calls = clientCalls(history, 'add', 'write', 'delete', 'remove', 'read');
  const reads = calls.filter((call) => fs[call] === readF && outcomeCode(history, call) === OK);
  for (const call of reads) noteSeen(history, call, elementOf);
  for (const call of calls) {
    if (fs[call] === readF || outcomeCode(history, call) === FAIL) continue;
    const element = elementOf(call, history.value(call));
    if (fs[call] !== deleteF && fs[call] !== removeF) {
      stats.adds++;
      element.adds.push(call);
    } else if (outcomeCode(history, call) === OK) {
      stats.deletes++;
      noteDelete(history, scope, element, call);
    }
  }
  for (const call of reads) {
    const list = history.value(history.pair(call));
    if (!Array.isArray(list)) continue;
    if (meter.over(list.length + 1)) break;
    stats.reads++;
    for (const value of new Set(list)) {
      judgePresence(history, scope, elementOf(call, value), call, value, evidence);
    }
  }
  return evidence.conclude(stats, {
    stopped: meter.stopped,
    vacuous:
      stats.deletes === 0
        ? 'no delete was acknowledged'
        : readAfterDelete(history, scope, calls, reads, [deleteF!, removeF!])
          ? null
          : 'no read was invoked after a delete was acknowledged to it',
  });
}

function noteSeen(history: History, call: number, elementOf: (call: number, value: Json) => Element): void {
  const ret = history.pair(call);
  const list = history.value(ret);
  const process = history.columns.processes[call]!;
  for (const value of Array.isArray(list) ? list : []) {
    const element = elementOf(call, value);
    element.seen = Math.min(element.seen, ret);
    element.seenBy.set(process, Math.min(element.seenBy.get(process) ?? NEVER, ret));
  }
}

const ALL = -1;

function noteDelete(history: History, scope: Scope, element: Element, call: number): void {
  const owner = scope === 'global' ? ALL : history.columns.processes[call]!;
  const list = element.deletes.get(owner);
  if (list === undefined) element.deletes.set(owner, [call]);
  else list.push(call);
}

/** A read had the element: was it deleted, with every add known to be over before? */
function judgePresence(
  history: History,
  scope: Scope,
  element: Element,
  call: number,
  value: Json,
  evidence: Evidence,
): void {
  const process = history.columns.processes[call]!;
  const deletes = element.deletes.get(scope === 'global' ? ALL : process);
  if (deletes === undefined) return;
  // The delete invoked last of those acknowledged before the read began binds most adds.
  let last = NONE;
  for (const d of deletes) if (history.pair(d) < call && d > last) last = d;
  const ret = history.pair(call);
  const adds = element.adds.filter((add) => add < ret);
  if (last === NONE || adds.length === 0) return;
  const before =
    scope === 'global'
      ? adds.every((add) => overBefore(history, element, adds, add, last))
      : knownTo(history, element, adds, process, last);
  if (!before) return;
  evidence.add('deleted-element-returned', () => {
    const key = history.key(call);
    const name = JSON.stringify(value);
    return {
      sentence:
        `What was deleted must stay away, but ${name}${ofKey(key)}, deleted by ${who(history, last)}, was in ` +
        `the read of ${who(history, call)}, and nobody had added it again.`,
      steps: [
        ...adds.map((add) => step(history, add, `${name} was added.`)),
        ...proofOfPresence(history, element, adds, scope, process).map((read) =>
          step(history, read, `A read had ${name}.`),
        ),
        step(history, last, `The delete of ${name} was acknowledged.`),
        step(history, call, `A read invoked after that had ${name}.`),
      ],
      key,
      detail: { element: value },
    };
  });
}

/** The add took effect before the delete began: acknowledged, or alone and seen. */
function overBefore(
  history: History,
  element: Element,
  adds: readonly number[],
  add: number,
  deletion: number,
): boolean {
  if (outcomeCode(history, add) === OK && history.pair(add) < deletion) return true;
  return adds.length === 1 && element.seen < deletion;
}

/** The process knew of every add when it deleted: its own, acknowledged, or the only one, seen by it. */
function knownTo(
  history: History,
  element: Element,
  adds: readonly number[],
  process: number,
  deletion: number,
): boolean {
  const own = (add: number): boolean =>
    history.columns.processes[add] === process &&
    outcomeCode(history, add) === OK &&
    history.pair(add) < deletion;
  if (adds.every(own)) return true;
  return adds.length === 1 && (element.seenBy.get(process) ?? NEVER) < deletion;
}

/** The read that showed an add whose own answer does not. */
function proofOfPresence(
  history: History,
  element: Element,
  adds: readonly number[],
  scope: Scope,
  process: number,
): number[] {
  const [add] = adds;
  if (adds.length !== 1 || add === undefined) return [];
  const foreign = history.columns.processes[add] !== process;
  const needed =
    scope === 'global' ? outcomeCode(history, add) === INFO || element.seen < history.pair(add) : foreign;
  const ret = scope === 'global' ? element.seen : element.seenBy.get(process);
  return needed && ret !== undefined && ret !== NEVER ? [history.pair(ret)] : [];
}

/** Is there a read after a delete in the scope? Without one nothing was tested. */
function readAfterDelete(
  history: History,
  scope: Scope,
  calls: Int32Array,
  reads: Int32Array,
  deletes: readonly number[],
): boolean {
  const { fs, keys, processes } = history.columns;
  const group = (call: number): string => `${keys[call]} ${scope === 'global' ? '' : processes[call]}`;
  const first = new Map<string, number>();
  for (const call of calls) {
    if (!deletes.includes(fs[call]!) || outcomeCode(history, call) !== OK) continue;
    const name = group(call);
    first.set(name, Math.min(first.get(name) ?? NEVER, history.pair(call)));
  }
  return reads.some((read) => (first.get(group(read)) ?? NEVER) < read);
}

/** The `read-your-deletes` checker. */
export const readYourDeletesChecker: Checker = {
  name: 'read-your-deletes',
  summary: 'what was deleted stays away until it is added again',
  options: {
    scope: {
      summary: 'whose deletes bind a read: its own process, or any',
      default: 'process',
      choices: SCOPES,
    },
  },
  reads: {
    add: 'add v',
    write: 'write v',
    delete: 'delete v',
    remove: 'remove v',
    read: 'read -> [v...]',
  },
  anomalies: {
    'deleted-element-returned': 'a deleted element is back without an add',
  },
  check: readYourDeletes,
};
