import { expect, test } from 'vitest';
import { linearizable } from '../../../checkers/linearizable/linearizable.ts';
import type { AnyCustomModel } from '../../../checkers/models/define.ts';
import type { ModelName } from '../../../checkers/models/registry.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op } from '../../../harness/op.ts';

/** One operation alone in time: function, input, answer; `info` for one that is never answered. */
type Step = readonly [f: string, input: Json, output?: Json | 'info', process?: number];

function build(steps: readonly Step[]): History {
  const ops: Op[] = [];
  const add = (op: Omit<Op, 'index' | 'time'>): void => {
    ops.push({ index: ops.length, time: ops.length * 1e6, ...op });
  };
  for (const [i, [f, input, output = input, process = i]] of steps.entries()) {
    add({ process, type: 'invoke', f, value: input });
    if (output !== 'info') add({ process, type: 'ok', f, value: output });
  }
  return historyOf(ops);
}

interface Planted {
  model: ModelName;
  what: string;
  engine: string;
  wrong: readonly Step[];
  right: readonly Step[];
}

const enqueue = (v: number): Step => ['enqueue', v];
const dequeue = (v: Json): Step => ['dequeue', null, v];
const push = (v: number): Step => ['push', v];
const pop = (v: Json): Step => ['pop', null, v];

const PLANTED: readonly Planted[] = [
  {
    model: 'queue',
    what: 'items out of order',
    engine: 'queue order',
    wrong: [enqueue(1), enqueue(2), dequeue(2), dequeue(1)],
    right: [enqueue(1), enqueue(2), dequeue(1), dequeue(2)],
  },
  {
    model: 'queue',
    what: 'a lost item, excused by one indeterminate dequeue only',
    engine: 'queue order',
    wrong: [enqueue(1), enqueue(2), enqueue(3), ['dequeue', null, 'info'], dequeue(3)],
    right: [enqueue(1), enqueue(2), enqueue(3), ['dequeue', null, 'info'], dequeue(2)],
  },
  {
    model: 'queue',
    what: 'an item twice',
    engine: 'queue order',
    wrong: [enqueue(1), dequeue(1), dequeue(1)],
    right: [enqueue(1), ['peek', null, 1], dequeue(1)],
  },
  {
    model: 'queue',
    what: 'empty although an item is in it',
    engine: 'queue order',
    wrong: [enqueue(1), dequeue(null)],
    right: [enqueue(1), dequeue(1), dequeue(null)],
  },
  {
    model: 'stack',
    what: 'items out of order',
    engine: 'elimination',
    wrong: [push(1), push(2), pop(1), pop(2)],
    right: [push(1), push(2), pop(2), pop(1)],
  },
  {
    model: 'priority-queue',
    what: 'a smaller number first',
    engine: 'priorities',
    wrong: [enqueue(9), enqueue(4), dequeue(4)],
    right: [enqueue(9), enqueue(4), dequeue(9)],
  },
  {
    model: 'set',
    what: 'an element absent after it was added',
    engine: 'by element',
    wrong: [
      ['add', 1],
      ['contains', 1, false],
    ],
    right: [
      ['add', 1],
      ['contains', 1, true],
      ['remove', 1],
      ['contains', 1, false],
    ],
  },
  {
    model: 'set',
    what: 'a whole read that lacks an element',
    engine: 'by element',
    wrong: [
      ['add', 1],
      ['add', 2],
      ['read', null, [2]],
    ],
    right: [
      ['add', 1],
      ['add', 2, 'info'],
      ['read', null, [1]],
      ['read', null, [2, 1]],
    ],
  },
  {
    model: 'counter',
    what: 'a lost increment',
    engine: 'counting',
    wrong: [
      ['increment', null],
      ['increment', null],
      ['read', null, 1],
    ],
    right: [
      ['increment', null],
      ['increment', null, 'info'],
      ['read', null, 1],
      ['read', null, 2],
    ],
  },
  {
    model: 'fetch-and-increment',
    what: 'a number given twice',
    engine: 'numbering',
    wrong: [
      ['fetch-and-increment', null, 0],
      ['fetch-and-increment', null, 0],
    ],
    right: [
      ['fetch-and-increment', null, 0],
      ['fetch-and-increment', null, 'info'],
      ['fetch-and-increment', null, 2],
    ],
  },
  {
    model: 'mutex',
    what: 'two holders',
    engine: 'holding spans',
    wrong: [
      ['acquire', null, null, 1],
      ['acquire', null, null, 2],
    ],
    right: [
      ['acquire', null, null, 1],
      ['release', null, null, 1],
      ['acquire', null, null, 2],
    ],
  },
  {
    model: 'append-kv',
    what: 'an append that came back shortened',
    engine: 'prefix zones',
    wrong: [
      ['append', 'a'],
      ['append', 'b'],
      ['get', null, 'b'],
    ],
    right: [
      ['append', 'a'],
      ['append', 'b'],
      ['get', null, 'ab'],
      ['put', 'c'],
      ['get', null, 'c'],
    ],
  },
  {
    model: 'kv',
    what: 'a stale get',
    engine: 'zones',
    wrong: [
      ['put', 1],
      ['put', 2],
      ['get', null, 2],
      ['get', null, 1],
    ],
    right: [
      ['put', 1],
      ['put', 2],
      ['get', null, 2],
      ['get', null, 2],
    ],
  },
  {
    model: 'versioned-register',
    what: 'two writes of one version',
    engine: 'versions',
    wrong: [
      ['write', [null, 'a'], [1, 'a']],
      ['write', [null, 'b'], [1, 'b']],
    ],
    right: [
      ['write', [null, 'a'], [1, 'a']],
      ['write', [null, 'b'], [2, 'b']],
      ['read', null, [2, 'b']],
    ],
  },
  {
    model: 'multi-register',
    what: 'half of a write',
    engine: 'search',
    wrong: [
      [
        'txn',
        [
          ['w', 'x', 1],
          ['w', 'y', 1],
        ],
      ],
      [
        'txn',
        [
          ['r', 'x', null],
          ['r', 'y', null],
        ],
        [
          ['r', 'x', 1],
          ['r', 'y', null],
        ],
      ],
    ],
    right: [
      [
        'txn',
        [
          ['w', 'x', 1],
          ['w', 'y', 1],
        ],
      ],
      [
        'txn',
        [
          ['r', 'x', null],
          ['r', 'y', null],
        ],
        [
          ['r', 'x', 1],
          ['r', 'y', 1],
        ],
      ],
    ],
  },
  {
    model: 'semaphore',
    what: 'more holders than permits',
    engine: 'counting',
    wrong: [
      ['acquire', null],
      ['acquire', null],
    ],
    right: [
      ['acquire', null],
      ['release', null],
      ['acquire', null],
    ],
  },
  {
    model: 'rw-lock',
    what: 'a writer beside a reader',
    engine: 'holding spans',
    wrong: [
      ['acquire-read', 'a'],
      ['acquire-write', 'b'],
    ],
    right: [
      ['acquire-read', 'a'],
      ['acquire-read', 'b'],
      ['release-read', 'a'],
      ['release-read', 'b'],
      ['acquire-write', 'c'],
    ],
  },
  {
    model: 'reentrant-mutex',
    what: 'another owner before the last release',
    engine: 'holding spans',
    wrong: [
      ['acquire', 'a'],
      ['acquire', 'a'],
      ['release', 'a'],
      ['acquire', 'b'],
    ],
    right: [
      ['acquire', 'a'],
      ['acquire', 'a'],
      ['release', 'a'],
      ['release', 'a'],
      ['acquire', 'b'],
    ],
  },
  {
    model: 'multiset',
    what: 'an element removed more often than added',
    engine: 'by element',
    wrong: [
      ['add', 1],
      ['add', 1],
      ['remove', 1, true],
      ['remove', 1, true],
      ['remove', 1, true],
    ],
    right: [
      ['add', 1],
      ['add', 1],
      ['remove', 1, true],
      ['remove', 1, true],
      ['remove', 1, 'info'],
    ],
  },
];

test.each(PLANTED)('$model: $what', ({ model, engine, wrong, right }) => {
  expect(linearizable(build(right), { model })).toMatchObject({ verdict: 'pass', stats: { engine } });
  const result = linearizable(build(wrong), { model });
  expect(result).toMatchObject({ verdict: 'fail', stats: { engine }, anomalies: [{ certainty: 'proved' }] });
  expect(result.anomalies[0]!.ops.length).toBeLessThanOrEqual(2 * wrong.length);
  for (const steps of [right, wrong]) {
    const searched = linearizable(build(steps), { model, engine: 'search' });
    expect(searched.verdict).toBe(steps === right ? 'pass' : 'fail');
    expect(searched.stats['engine']).toBe('search');
  }
});

test('a violation in a long stack comes down to a few items', () => {
  const steps: Step[] = [];
  for (let i = 0; i < 2000; i++)
    steps.push(push(2 * i), push(2 * i + 1), pop(i === 1500 ? 2 * i : 2 * i + 1));
  const result = linearizable(build(steps), { model: 'stack' });
  expect(result).toMatchObject({ verdict: 'fail', stats: { engine: 'elimination' } });
  expect(result.anomalies[0]!.ops.length).toBeLessThanOrEqual(6);
});

test('an initial value is honoured by models whose fast ways start empty', () => {
  const steps: Step[] = [dequeue(7)];
  expect(linearizable(build(steps), { model: 'queue', initial: [7] }).verdict).toBe('pass');
  expect(linearizable(build(steps), { model: 'queue' }).verdict).toBe('fail');
  const acquired: Step[] = [
    ['acquire', null],
    ['acquire', null],
  ];
  expect(linearizable(build(acquired), { model: 'semaphore', initial: 2 }).verdict).toBe('pass');
});

test('a witness too large to try every order of says so, a small one does not', () => {
  const small = linearizable(build([enqueue(1), dequeue(2)]), { model: 'queue' }).anomalies[0]!;
  expect(small.detail).toMatchObject({ exhaustive: true });
  // Any of thirty additions may have happened: none can be left out.
  const sum: AnyCustomModel = {
    init: () => 0,
    step: (total: number, { f, output }: { f: string; output: Json }) =>
      f === 'add' ? total + 1 : output === total ? total : undefined,
    functions: { add: {}, read: { readOnly: true } },
  };
  const steps: Step[] = Array.from({ length: 30 }, () => ['add', null, 'info']);
  const large = linearizable(build([...steps, ['read', null, 31]]), { model: sum }).anomalies[0]!;
  expect(large.detail).toMatchObject({ exhaustive: false });
  expect(large.steps.at(-1)!.text).toContain('31 operations are too many to try every order');
});

test('a model of one’s own has a short witness in a long history, from what the object held then', () => {
  const cell: AnyCustomModel = {
    init: () => null,
    step: (held: Json, { f, input, output }: { f: string; input: Json; output: Json }) =>
      f === 'write' ? input : output === held ? held : undefined,
    functions: { write: {}, read: { readOnly: true } },
  };
  const steps: Step[] = [];
  for (let i = 0; i < 200; i++) steps.push(['write', i], ['read', null, i === 150 ? 140 : i]);
  const { anomalies } = linearizable(build(steps), { model: cell });
  expect(anomalies[0]!.ops.length).toBeLessThanOrEqual(6);
  expect(anomalies[0]!.detail).toMatchObject({ exhaustive: true, fromAnyState: false });
  expect(anomalies[0]!.steps.at(-1)!.text).toMatch(/after operations that left the object holding 14\d\./);
  // What was left out changed what it held: nothing is said of that.
  expect(anomalies[0]!.sentence).not.toContain('could only hold');
});
