/**
 * The objects simulated histories are of: what can be asked of each, what it answers, and answers it could
 * never give. States are immutable values.
 */
import type { Json } from '../op.ts';

/** What is asked of an object. */
export interface Question {
  f: string;
  value: Json;
}

/** What becomes of a question: the new state with the answer, or a refusal, which changes nothing. */
export type Effect<S> = { state: S; answer: Json } | { refused: true };

/** Numbers an operation is made from, each from 0 to 99. */
export interface Draw {
  kind: number;
  value: number;
}

/** One operation of a violation; `answer` is told instead of the true one when it is there. */
export interface Misdeed extends Question {
  answer?: Json;
}

/** An object of which histories are made. */
export interface SimulatedObject<S = Json> {
  /** Operations carry a key, and every key is an object of its own. */
  keyed: boolean;
  init: S;
  /** `fresh` gives a number that was never used before; `values` bounds the others. */
  ask(draw: Draw, fresh: () => number, values: number | 'unique'): Question;
  effect(state: S, question: Question): Effect<S>;
  /**
   * Violations by name: operations which, done one after the other by one process with these answers, no
   * correct object explains, whatever else is going on.
   */
  violations: Readonly<Record<string, (state: S, fresh: () => number) => Misdeed[]>>;
}

const drawn = (draw: Draw, fresh: () => number, values: number | 'unique'): number =>
  values === 'unique' ? fresh() : draw.value % values;

const register: SimulatedObject = {
  keyed: true,
  init: null,
  ask: (draw, fresh, values) =>
    draw.kind < 50 ? { f: 'read', value: null } : { f: 'write', value: drawn(draw, fresh, values) },
  effect(state, { f, value }) {
    if (f === 'read') return { state, answer: state };
    if (f === 'write') return { state: value, answer: value };
    const [from, to] = value as [Json, Json];
    return from === state ? { state: to, answer: value } : { refused: true };
  },
  violations: {
    'garbage-read': (_, fresh) => [{ f: 'read', value: null, answer: fresh() }],
    'stale-read': (_, fresh) => {
      const old = fresh();
      return [
        { f: 'write', value: old },
        { f: 'write', value: fresh() },
        { f: 'read', value: null, answer: old },
      ];
    },
  },
};

const casRegister: SimulatedObject = {
  ...register,
  ask(draw, fresh, values) {
    if (draw.kind < 70) return register.ask(draw, fresh, values);
    // Small numbers are likely to be there, with values that repeat and with those that do not.
    const from = draw.value % (values === 'unique' ? 12 : values);
    return { f: 'cas', value: [from, drawn({ ...draw, value: draw.value >> 2 }, fresh, values)] };
  },
};

const set: SimulatedObject<readonly Json[]> = {
  keyed: false,
  init: [],
  ask: (draw, fresh) => (draw.kind < 40 ? { f: 'read', value: null } : { f: 'add', value: fresh() }),
  effect(state, { f, value }) {
    return f === 'read' ? { state, answer: [...state] } : { state: [...state, value], answer: value };
  },
  violations: {
    'phantom-element': (state, fresh) => [{ f: 'read', value: null, answer: [...state, fresh()] }],
    'duplicated-element': (state, fresh) => {
      const element = fresh();
      return [
        { f: 'add', value: element },
        { f: 'read', value: null, answer: [...state, element, element] },
      ];
    },
  },
};

const queue: SimulatedObject<readonly Json[]> = {
  keyed: true,
  init: [],
  ask: (draw, fresh) => (draw.kind < 45 ? { f: 'dequeue', value: null } : { f: 'enqueue', value: fresh() }),
  effect(state, { f, value }) {
    if (f === 'enqueue') return { state: [...state, value], answer: value };
    return { state: state.slice(1), answer: state[0] ?? null };
  },
  violations: {
    'garbage-dequeue': (_, fresh) => [{ f: 'dequeue', value: null, answer: fresh() }],
    reordered: (_, fresh) => {
      const [first, second] = [fresh(), fresh()];
      // Whatever was there before comes out of another process; these two come out in the wrong order.
      return [
        { f: 'enqueue', value: first },
        { f: 'enqueue', value: second },
        { f: 'dequeue', value: null, answer: second },
        { f: 'dequeue', value: null, answer: first },
      ];
    },
  },
};

type Lists = Readonly<Record<string, readonly Json[]>>;

const listAppend: SimulatedObject<Lists> = {
  keyed: false,
  init: {},
  ask(draw, fresh) {
    const count = 1 + (draw.kind % 3);
    const micro = Array.from({ length: count }, (_, i): Json => {
      const key = (draw.value >> i) % 3;
      return (draw.kind >> i) % 2 === 0 ? ['r', key, null] : ['append', key, fresh()];
    });
    return { f: 'txn', value: micro };
  },
  effect(state, { value }) {
    const lists: Record<string, readonly Json[]> = { ...state };
    const answer = (value as [string, number, Json][]).map(([f, key, item]): Json => {
      const list = lists[key] ?? [];
      if (f === 'r') return ['r', key, [...list]];
      lists[key] = [...list, item];
      return [f, key, item];
    });
    return { state: lists, answer };
  },
  violations: {
    'garbage-read': (state, fresh) => [
      { f: 'txn', value: [['r', 0, null]], answer: [['r', 0, [...(state['0'] ?? []), fresh()]]] },
    ],
    internal: (state, fresh) => {
      const item = fresh();
      return [
        {
          f: 'txn',
          value: [
            ['append', 0, item],
            ['r', 0, null],
          ],
          answer: [
            ['append', 0, item],
            ['r', 0, [...(state['0'] ?? [])]],
          ],
        },
      ];
    },
  },
};

/** The objects by name. */
export const OBJECTS = {
  register,
  'cas-register': casRegister,
  set,
  queue,
  'list-append': listAppend,
} as const;

/** Name of an object. */
export type ObjectName = keyof typeof OBJECTS;
