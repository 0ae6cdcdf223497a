/**
 * Values that only grow: once a read has shown a value, no later read in its scope (the same process, the
 * same node, or anybody) may show a smaller one. "Later" means invoked after the other was acknowledged.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { type History, INVOKE, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { Evidence, Meter, outcomeCode, step, who } from './evidence.ts';
import { choiceOption, textOption } from './options.ts';
import { RunningMax } from './running-max.ts';

const SCOPES = ['process', 'node', 'global'] as const;
const WITHIN = { process: 'one process', node: 'one node', global: 'the whole system' } as const;

/** Judges acknowledged `read`s of numbers, by key. Options: `scope`, `field`. O(n). */
export function monotonic(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const scope = choiceOption(options, 'scope', SCOPES, 'process');
  const field = textOption(options, 'field');
  const { types, processes, fs, keys, nodes, pairs } = history.columns;
  const readF = history.names.find('read');
  const column = scope === 'process' ? processes : scope === 'node' ? nodes : null;
  const groups = new Map<number, Map<number, RunningMax>>();
  const evidence = new Evidence(history);
  const meter = new Meter(budget);
  const stats = { scope, reads: 0, compared: 0, unreadable: 0 };
  for (let i = 0; i < history.length && !meter.over(1); i++) {
    if (fs[i] !== readF || processes[i]! < 0) continue;
    const call = types[i] === INVOKE ? i : pairs[i]!;
    if (call === NONE || outcomeCode(history, call) !== OK) continue;
    const of = groupOf(groups, keys[call]!, column === null ? 0 : column[call]!);
    if (call === i) {
      of.begin(call);
      continue;
    }
    const value = numberIn(history.value(i), field);
    if (value === null) {
      stats.unreadable++;
      continue;
    }
    stats.reads++;
    const before = of.end(call, value);
    if (before.call === NONE) continue;
    stats.compared++;
    if (value < before.value) {
      evidence.add('value-went-back', () => {
        const key = history.key(call);
        const object = key === undefined ? 'The value' : `The value of ${JSON.stringify(key)}`;
        return {
          sentence:
            `${object} must not go back within ${WITHIN[scope]}, but it was read as ${before.value} by ` +
            `${who(history, before.call)} and then as ${value} by ${who(history, call)}.`,
          steps: [
            step(history, before.call, `A read returned ${before.value}.`),
            step(history, call, `A read invoked after it was answered returned ${value}.`),
          ],
          key,
          detail: { before: before.value, after: value },
        };
      });
    }
  }
  return evidence.conclude(stats, {
    stopped: meter.stopped,
    vacuous:
      stats.compared === 0 ? `no two reads of numbers followed each other within ${WITHIN[scope]}` : null,
  });
}

function groupOf(groups: Map<number, Map<number, RunningMax>>, key: number, group: number): RunningMax {
  let byGroup = groups.get(key);
  if (byGroup === undefined) groups.set(key, (byGroup = new Map()));
  let of = byGroup.get(group);
  if (of === undefined) byGroup.set(group, (of = new RunningMax()));
  return of;
}

function numberIn(value: Json, field: string | undefined): number | null {
  const at =
    field !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value)
      ? value[field]
      : value;
  return typeof at === 'number' ? at : null;
}

/** The `monotonic` checker. */
export const monotonicChecker: Checker = {
  name: 'monotonic',
  summary: 'values that are read never go back',
  options: {
    scope: { summary: 'whose reads are compared with each other', default: 'process', choices: SCOPES },
    field: {
      summary: 'the field that holds the number, for reads that answer maps',
      default: null,
      type: 'string',
    },
  },
  reads: {
    read: 'read -> n, or a map with the number in `field`',
  },
  anomalies: {
    'value-went-back': 'a smaller value read after a greater one',
  },
  check: monotonic,
};
