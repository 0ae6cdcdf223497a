/**
 * Integrity: what comes out was put in. Every value that a read or a dequeue answers was written, added, enqueued or
 * submitted by somebody before the answer came, whatever else happened to it; a value that nobody ever put in was
 * forged, or changed on its way. Says nothing about order, loss or repetition.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { type History, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { clientCalls, Evidence, Meter, NEVER, ofKey, outcomeCode, step, ValueIds, who } from './evidence.ts';
import { IdColumn } from './id-column.ts';
import { ABSENT, PairTable } from './txn/pair-table.ts';

/** Operations that put their value in, and those that put in the second of two. */
const PUTS = ['write', 'add', 'enqueue', 'submit'] as const;
const ANSWERS = ['read', 'dequeue'] as const;

/** What was put in, by key and value. */
class Inputs {
  readonly #numbers = new PairTable(1024);
  /** First invocation that put a value in. */
  readonly #calls = new IdColumn(1024, NEVER);
  readonly #ids: ValueIds;
  #count = 0;
  /** Keys that hold one value, and keys that hold elements, with the first operation that says so. */
  readonly single = new Map<number, number>();
  readonly elements = new Map<number, number>();

  constructor(ids: ValueIds) {
    this.#ids = ids;
  }

  put(key: number, value: Json, call: number): void {
    const id = this.#ids.of(value);
    if (this.#numbers.get(key, id) !== ABSENT) return;
    this.#calls.set(this.#count, call);
    this.#numbers.set(key, id, this.#count++);
  }

  /** First invocation that put the value in, NEVER for none. */
  first(key: number, value: Json): number {
    const number = this.#numbers.get(key, this.#ids.of(value));
    return number === ABSENT ? NEVER : this.#calls.get(number);
  }
}

/**
 * Judges answers of `read` and `dequeue` against `write`, `cas`, `add`, `enqueue` and `submit` of the same key. A
 * read of one value is judged where one was written, a list where elements were added: the sum of a counter is neither.
 * Null is no value. Options: `initial`. O(n + size of the answers).
 */
export function integrity(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const initial = Array.isArray(options['initial']) ? options['initial'] : [];
  const ids = new ValueIds(history);
  const known = new Set(initial.map((value) => ids.of(value as Json)));
  const inputs = readInputs(history, ids);
  const evidence = new Evidence(history);
  const meter = new Meter(budget);
  const stats = { answers: 0, values: 0, forged: 0 };
  const { fs, keys } = history.columns;
  const dequeueF = history.names.find('dequeue');
  for (const call of clientCalls(history, ...ANSWERS)) {
    if (outcomeCode(history, call) !== OK) continue;
    const key = keys[call]!;
    const answer = history.value(history.pair(call));
    const list =
      fs[call] === dequeueF
        ? [answer].filter((value) => value !== null && inputs.elements.has(key))
        : valuesOf(answer, inputs.single.has(key), inputs.elements.has(key));
    if (list.length === 0) continue;
    if (meter.over(list.length)) break;
    stats.answers++;
    stats.values += list.length;
    const told = new Set<number>();
    for (const value of list) {
      const first = inputs.first(key, value);
      const id = ids.of(value);
      if (first < history.pair(call) || known.has(id) || told.has(id)) continue;
      told.add(id);
      stats.forged++;
      evidence.add('forged-value', () => wording(history, call, value, first, inputs));
    }
  }
  return evidence.conclude(stats, {
    stopped: meter.stopped,
    vacuous: stats.answers === 0 ? 'no value was answered that could be judged' : null,
  });
}

function readInputs(history: History, ids: ValueIds): Inputs {
  const inputs = new Inputs(ids);
  const { fs, keys } = history.columns;
  const [casF, writeF] = [history.names.find('cas'), history.names.find('write')];
  for (const call of clientCalls(history, ...PUTS, 'cas')) {
    const key = keys[call]!;
    const value = history.value(call);
    if (fs[call] === casF) {
      note(inputs.single, key, call);
      if (Array.isArray(value)) inputs.put(key, value[1] ?? null, call);
      continue;
    }
    note(fs[call] === writeF ? inputs.single : inputs.elements, key, call);
    inputs.put(key, value, call);
  }
  return inputs;
}

function note(first: Map<number, number>, key: number, call: number): void {
  if (!first.has(key)) first.set(key, call);
}

/** What of an answer can be judged. */
function valuesOf(answer: Json, single: boolean, elements: boolean): Json[] {
  if (answer === null) return [];
  if (single) return elements ? [] : [answer];
  if (!elements) return [];
  return Array.isArray(answer) ? answer.filter((value) => value !== null) : [];
}

function wording(history: History, call: number, value: Json, first: number, inputs: Inputs) {
  const key = history.key(call);
  const number = history.columns.keys[call]!;
  const kept = inputs.elements.get(number) ?? inputs.single.get(number)!;
  const name = JSON.stringify(value);
  const later = first === NEVER || first === NONE ? [] : [first];
  return {
    sentence:
      `What comes out must have been put in, but ${who(history, call)} was answered ${name}${ofKey(key)}, ` +
      `which ${later.length === 0 ? 'nobody ever put in' : 'nobody had put in by then'}.`,
    steps: [
      step(history, kept, `What is put in are values such as ${JSON.stringify(history.value(kept))}.`),
      step(history, call, `The answer held ${name}.`),
      ...later.map((put) => step(history, put, `${name} was put in only after that.`)),
    ],
    key,
    detail: { value },
  };
}

/** The `integrity` checker. */
export const integrityChecker: Checker = {
  name: 'integrity',
  summary: 'every value that is answered was put in by somebody: forgeries and changed messages',
  options: {
    initial: { summary: 'values that were there from the beginning', default: [], type: 'list' },
  },
  reads: {
    write: 'write v',
    cas: 'cas [from, to]',
    add: 'add v',
    enqueue: 'enqueue v',
    submit: 'submit v',
    dequeue: 'dequeue -> v',
    read: 'read -> v or [v...]',
  },
  anomalies: {
    'forged-value': 'a value that nobody had put in',
  },
  check: integrity,
};
