/**
 * What the random histories of each model consist of, and the right answers, told in the simplest way.
 */
import type { ModelName } from '../../../checkers/models/registry.ts';
import type { Json } from '../../../harness/op.ts';
import type { Vocabulary } from './random-objects.ts';

const collection = (insert: string, take: string): Vocabulary => ({
  functions: [insert, take, 'peek', insert, take, insert, take, take],
  input: (f, fresh) => (f === insert ? fresh : null),
  answer: (state: readonly Json[], f, input) => (f === insert ? input : (state[0] ?? null)),
  wrong: (_, f, few) => (f === insert ? null : few === 0 ? null : 9 + few),
});

const setLike: Vocabulary = {
  functions: ['add', 'remove', 'contains', 'add', 'contains', 'remove', 'read', 'contains'],
  input: (f, fresh, _, past) => (f === 'read' ? null : f === 'add' ? fresh : (past ?? fresh)),
  answer(state: readonly string[], f, input) {
    const has = state.includes(JSON.stringify(input));
    if (f === 'read') return state.map((element) => JSON.parse(element) as Json);
    return f === 'add' ? !has : has;
  },
  wrong: (answer) =>
    typeof answer === 'boolean' ? !answer : Array.isArray(answer) ? answer.slice(1) : answer,
};

const lock: Vocabulary = { functions: ['acquire', 'release'] };
const near = (answer: Json, _: string, few: number): Json =>
  typeof answer === 'number' ? answer + few - 1 : answer;

/** Histories that answer additions and removals with the element, as Jepsen's do. */
export const ECHOING_SET: Vocabulary = {
  ...setLike,
  answer: (state: readonly string[], f, input) =>
    f === 'add' || f === 'remove' ? input : setLike.answer!(state as never, f, input),
};

/** Appended texts of which some occur twice. */
export const REPEATING_APPEND: Vocabulary = {
  functions: ['get', 'append', 'get', 'append', 'put', 'get', 'append', 'get'],
  input: (f, fresh) =>
    f === 'get' ? null : f === 'put' && fresh % 2 === 0 ? `(${fresh})` : `<${fresh % 4}>`,
  answer: (state: string, f) => (f === 'get' ? state : null),
  wrong: (answer, _, few) => (typeof answer === 'string' ? answer.slice(0, 3 * few) : answer),
};

/** Queues at which somebody looks all the time. */
export const LOOKING_QUEUE: Vocabulary = {
  ...collection('enqueue', 'dequeue'),
  functions: ['enqueue', 'dequeue', 'peek', 'peek', 'enqueue', 'dequeue', 'peek', 'dequeue'],
};

/** Counters that are changed by one amount, which is not one. */
export const COUNTER_BY_THREES: Vocabulary = {
  functions: ['add', 'read', 'add', 'read'],
  input: (f) => (f === 'add' ? -3 : null),
  answer: (state: number, f) => (f === 'read' ? state : null),
  wrong: (answer, _, few) => (typeof answer === 'number' ? answer + 3 * (few - 1) : answer),
};

/** Semaphores from which several permits are taken at once; more are put back than were taken. */
export const SEVERAL_PERMITS: Vocabulary = {
  functions: ['release', 'acquire', 'acquire', 'release'],
  input: (_, __, few) => few,
};

/** Locks whose owners have names, so that several operations of one owner may overlap. */
export const named = (words: Vocabulary): Vocabulary => ({
  ...words,
  input: (_, __, few) => `client ${few}`,
});

/** Every model but the registers, which have histories of their own. */
export const VOCABULARIES: Readonly<Partial<Record<ModelName, Vocabulary>>> = {
  queue: collection('enqueue', 'dequeue'),
  stack: collection('push', 'pop'),
  'priority-queue': {
    ...collection('enqueue', 'dequeue'),
    // Scattered, so that items do not arrive in order of priority.
    input: (f, fresh) => (f === 'enqueue' ? (fresh * 7) % 23 : null),
  },
  set: setLike,
  multiset: {
    ...setLike,
    answer(state: readonly string[], f, input) {
      const has = state.includes(JSON.stringify(input));
      if (f === 'read') return state.map((element) => JSON.parse(element) as Json);
      return f === 'add' || has;
    },
  },
  counter: {
    functions: ['increment', 'read', 'increment', 'read', 'increment', 'read', 'decrement', 'add'],
    input: (f, _, few) => (f === 'add' ? few - 1 : null),
    answer: (state: number, f) => (f === 'read' ? state : null),
    wrong: near,
  },
  'fetch-and-increment': {
    functions: ['fetch-and-increment', 'read', 'fetch-and-increment', 'get'],
    answer: (state: number) => state,
    wrong: near,
  },
  mutex: lock,
  'reentrant-mutex': lock,
  semaphore: lock,
  'rw-lock': { functions: ['acquire-read', 'release-read', 'acquire-write', 'release-write'] },
  kv: {
    functions: ['get', 'put', 'get', 'put', 'cas', 'delete', 'get', 'put'],
    input: (f, fresh, few) => (f === 'put' ? fresh : f === 'cas' ? [fresh - few - 1, fresh + 100] : null),
    answer: (state: Json, f) => (f === 'get' ? state : null),
    wrong: (answer, _, few) => (typeof answer === 'number' ? answer - few : answer),
  },
  'append-kv': {
    functions: ['get', 'append', 'get', 'append', 'put', 'get', 'append', 'get'],
    input: (f, fresh) => (f === 'get' ? null : `(${fresh})`),
    answer: (state: string, f) => (f === 'get' ? state : null),
    wrong: (answer, _, few) => (typeof answer === 'string' ? answer.slice(4 * few) : answer),
  },
  'versioned-register': {
    functions: ['read', 'write', 'read', 'cas', 'write', 'read'],
    input: (f, fresh, few) =>
      f === 'read' ? null : [null, f === 'write' ? fresh : [fresh - few - 1, fresh]],
    answer: (state: { version: number; value: Json }, f, input) =>
      f === 'read' ? [state.version, state.value] : [state.version + 1, (input as Json[])[1]!],
    wrong: (answer, _, few) => {
      const [version, value] = answer as [number, Json];
      return [Math.max(0, version + few - 1), value];
    },
  },
  'multi-register': {
    functions: ['txn'],
    input: (_, fresh, few) => [
      [few === 0 ? 'w' : 'r', 'x', few === 0 ? fresh : null],
      [few === 2 ? 'w' : 'r', 'y', few === 2 ? fresh : null],
    ],
    answer: (state: Readonly<Record<string, Json>>, _, input) =>
      (input as Json[][]).map(([f, key, value]) => [
        f!,
        key!,
        f === 'w' ? value! : (state[`"${key}"`] ?? null),
      ]),
    wrong: (answer) => (answer as Json[][]).map(([f, key, value]) => [f!, key!, f === 'r' ? null : value!]),
  },
};
