import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TestOp } from '../../../checkers/testing/vitest.ts';
import '../../../checkers/testing/vitest.ts';
import type { Checker } from '../../../checkers/contract.ts';
import { MODELS } from '../../../checkers/models/registry.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import { writeHistory } from '../../../harness/history/export.ts';
import type { Json, Op } from '../../../harness/op.ts';

const call = (process: number, f: string, asked: Json, answered: Json = asked, key?: Json): TestOp[] => [
  { process, type: 'invoke', f, value: asked, ...(key === undefined ? {} : { key }) },
  { process, type: 'ok', f, value: answered, ...(key === undefined ? {} : { key }) },
];

const FRESH = [...call(0, 'write', 1), ...call(1, 'write', 2), ...call(0, 'read', null, 2)];
const STALE = [
  ...call(0, 'write', 1),
  ...call(0, 'read', null, 1),
  ...call(1, 'write', 2),
  ...call(1, 'read', null, 2),
  ...call(0, 'read', null, 1),
];
const LOST = [...call(0, 'write', 1), ...call(1, 'write', 2), ...call(0, 'read', null, 1)];
const KEPT_SET = [...call(0, 'add', 1), ...call(1, 'add', 2), ...call(0, 'read', null, [1, 2])];
const LOST_SET = [...call(0, 'add', 1), ...call(1, 'add', 2), ...call(0, 'read', null, [2])];

const leads = (node: string, term: number): TestOp[] => [
  { process: `observer:${node}`, type: 'invoke', f: 'leader', value: null, node },
  { process: `observer:${node}`, type: 'ok', f: 'leader', value: { leading: true, term }, node },
];

function failure(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the expectation held');
}

const folder = mkdtempSync(join(tmpdir(), 'faultline-matchers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function stored(ops: readonly TestOp[]): string {
  const path = join(folder, `${ops.length}-${JSON.stringify(ops).length}.jsonl`);
  writeHistory(historyOf(ops.map((op, index): Op => ({ time: index * 1e6, ...op, index }))), path, 'jsonl');
  return path;
}

describe('toBeLinearizable', () => {
  it('tells right from wrong', () => {
    expect(FRESH).toBeLinearizable();
    expect(FRESH).toBeLinearizable('register');
    expect(STALE).not.toBeLinearizable('cas-register');
    expect(failure(() => expect(FRESH).not.toBeLinearizable())).toContain('not to be linearizable');
  });

  it('takes a History', () => {
    expect(historyOf(FRESH.map((op, index) => ({ ...op, index, time: index })))).toBeLinearizable();
  });

  it('takes a path, and then has to be awaited', async () => {
    await expect(stored(FRESH)).toBeLinearizable();
    await expect(stored(STALE)).not.toBeLinearizable();
    await expect(async () => expect(stored(STALE)).toBeLinearizable()).rejects.toThrow(/linearizable/);
    await expect(async () => expect(join(folder, 'none.jsonl')).toBeLinearizable()).rejects.toThrow(
      /none\.jsonl .*no such file/,
    );
  });

  it('says which file it read, and what was remarkable in reading it', async () => {
    const path = join(folder, 'untimed.jsonl');
    writeFileSync(path, STALE.map((op) => `${JSON.stringify(op)}\n`).join(''));
    await expect(async () => expect(path).toBeLinearizable()).rejects.toThrow(
      /read from .*untimed\.jsonl\n {2}note: \d+ operations have no time/,
    );
  });

  it('shows the sentence, the argument and the operations', () => {
    const message = failure(() => expect(STALE).toBeLinearizable());
    expect(message).toContain(
      'expected the history to be linearizable (cas-register), but found: stale-read\n',
    );
    expect(message).toMatch(/promised to be linearizable, but process 0 read 1/);
    expect(message).toMatch(/because {2}process 1 wrote 2/);
    expect(message).toContain('witness (stale-read');
    expect(message).toMatch(/#9 9\.000 ms process 0 ok read 1$/m);
  });

  it('takes the model the functions suggest, and options', () => {
    const locks = [...call(0, 'acquire', null), ...call(1, 'acquire', null)];
    expect(failure(() => expect(locks).toBeLinearizable())).toContain('linearizable (mutex)');
    expect([...call(0, 'read', null, 7)]).toBeLinearizable('register', { initial: 7 });
    expect([...call(0, 'read', null, 7)]).not.toBeLinearizable('register');
    expect(() => expect(FRESH).toBeLinearizable('register', { inital: 7 })).toThrow(/no option "inital"/);
  });

  it('fails both ways when nothing is known', () => {
    const silent: TestOp[] = [{ process: 0, type: 'invoke', f: 'read', value: null }];
    expect(() => expect(silent).toBeLinearizable()).toThrow(/cannot be told \(verdict vacuous\)/);
    expect(() => expect(silent).not.toBeLinearizable()).toThrow(/cannot be told \(verdict vacuous\)/);
    expect(() => expect([...call(0, 'frob', 1)]).not.toBeLinearizable('register')).toThrow(/understand frob/);
  });

  it('names what it cannot take', () => {
    expect(() => expect(42).toBeLinearizable()).toThrow(/expected a History, an array of operations/);
    expect(() => expect([{ f: 'read' }]).toBeLinearizable()).toThrow(/array of operations/);
    expect(() => expect([call(0, 'read', null)[1]]).toBeLinearizable()).toThrow(/without an open invocation/);
  });

  it('knows every model by the type of its name', () => {
    for (const model of Object.keys(MODELS) as (keyof typeof MODELS)[]) {
      expect(() => expect([]).toBeLinearizable(model)).toThrow(/vacuous/);
    }
  });
});

describe('toSatisfy', () => {
  it('takes the name of a checker', () => {
    expect(KEPT_SET).toSatisfy('set-full');
    expect(LOST_SET).not.toSatisfy('set-full');
    expect(STALE).not.toSatisfy('linearizable', { model: 'register' });
    expect(() => expect(KEPT_SET).toSatisfy('set-ful')).toThrow(/no checker or consistency model "set-ful"/);
  });

  it('takes the name of a consistency model, and finds the checker that knows it', () => {
    const skew: TestOp[] = [
      {
        process: 0,
        type: 'invoke',
        f: 'txn',
        value: [
          ['r', 0, null],
          ['append', 1, 1],
        ],
      },
      {
        process: 1,
        type: 'invoke',
        f: 'txn',
        value: [
          ['r', 1, null],
          ['append', 0, 2],
        ],
      },
      {
        process: 0,
        type: 'ok',
        f: 'txn',
        value: [
          ['r', 0, []],
          ['append', 1, 1],
        ],
      },
      {
        process: 1,
        type: 'ok',
        f: 'txn',
        value: [
          ['r', 1, []],
          ['append', 0, 2],
        ],
      },
      ...call(
        2,
        'txn',
        [
          ['r', 0, null],
          ['r', 1, null],
        ],
        [
          ['r', 0, [2]],
          ['r', 1, [1]],
        ],
      ),
    ];
    expect(skew).toSatisfy('snapshot-isolation');
    expect(skew).toSatisfy('read-committed');
    expect(skew).not.toSatisfy('serializable');
    expect(failure(() => expect(skew).toSatisfy('serializable'))).toMatch(/found: G2/);
    const dirty = [...call(0, 'txn', [['w', 0, 1]]), ...call(1, 'txn', [['r', 0, null]], [['r', 0, 2]])];
    expect(failure(() => expect(dirty).toSatisfy('read-committed'))).toContain('satisfy read-committed');
    expect(() => expect(FRESH).toSatisfy('serializable')).toThrow(/judge transactions; this history calls/);
    expect(() => expect([]).toSatisfy('strict-serializable')).toThrow(
      /which cannot be told \(verdict vacuous\): no client called anything/,
    );
    expect(() => expect([]).not.toLoseNoWrites()).toThrow(/verdict vacuous/);
  });

  it('takes a checker of one’s own', () => {
    const even: Pick<Checker, 'name' | 'check'> = {
      name: 'even',
      check: (history) => ({
        verdict: history.length % 2 === 0 ? 'pass' : 'fail',
        anomalies: [],
        stats: {},
        note: 'an odd number of operations',
      }),
    };
    expect(KEPT_SET).toSatisfy(even);
    const odd = KEPT_SET.slice(0, -1);
    expect(failure(() => expect(odd).toSatisfy(even))).toContain('an odd number of operations');
  });

  it('leaves predicates to mean what they meant', () => {
    expect(3).toSatisfy((value: number) => value > 2);
    expect(1).not.toSatisfy((value: number) => value > 2);
    expect({ n: 3 }).toEqual({ n: expect.toSatisfy((value: number) => value === 3) });
    expect(failure(() => expect(1).toSatisfy((value: number) => value > 2, 'more than two'))).toContain(
      'more than two',
    );
  });
});

describe('toHaveOneLeaderPerTerm', () => {
  it('tells one from two', () => {
    expect([...leads('n1', 1), ...leads('n2', 2)]).toHaveOneLeaderPerTerm();
    const two = [...leads('n1', 1), ...leads('n2', 1)];
    expect(two).not.toHaveOneLeaderPerTerm();
    expect(failure(() => expect(two).toHaveOneLeaderPerTerm())).toContain('two-leaders-in-term');
  });
});

describe('toLoseNoWrites', () => {
  it('judges sets and registers', () => {
    expect(KEPT_SET).toLoseNoWrites();
    expect(FRESH).toLoseNoWrites();
    expect(failure(() => expect(LOST_SET).toLoseNoWrites())).toContain(
      'An acknowledged element must stay, but 1',
    );
    expect(failure(() => expect(LOST).toLoseNoWrites())).toContain('lost-write');
  });

  it('asks queues whether everything comes out, in whatever order', () => {
    const put = [...call(0, 'enqueue', 1), ...call(0, 'enqueue', 2)];
    const drained = [...call(1, 'dequeue', null, 2), ...call(1, 'dequeue', null, 1)];
    expect([...put, ...drained]).toLoseNoWrites();
    expect([...put, ...drained]).not.toBeLinearizable();
    const empty: TestOp[] = [
      { process: 1, type: 'invoke', f: 'dequeue', value: null },
      { process: 1, type: 'fail', f: 'dequeue', value: null, error: { definite: true, kind: 'empty' } },
    ];
    const short = [...put, ...drained.slice(0, 2), ...empty];
    expect(failure(() => expect(short).toLoseNoWrites())).toContain('lost-message');
  });

  it('does not take another violation for a lost write, nor for none', () => {
    expect(() => expect(STALE).toLoseNoWrites()).toThrow(/cannot be told.*wrong otherwise/);
    expect(() => expect(STALE).not.toLoseNoWrites()).toThrow(/cannot be told.*wrong otherwise/);
  });

  it('names functions that suggest nothing', () => {
    expect(() => expect([...call(0, 'frob', 1)]).toLoseNoWrites()).toThrow(/functions frob/);
  });
});
