import { describe, expect, it } from 'vitest';
import {
  drawn,
  from,
  type GeneratorLike,
  NOTHING,
  onThreads,
  Roster,
  sequence,
  ThreadTable,
  unfold,
} from '../../../harness/generator/index.ts';
import { simulate } from '../../../harness/interpreter/simulate.ts';
import { Seed } from '../../../harness/random.ts';
import { alone, contents, names, ROSTER, taking, view } from './view.ts';

describe('plain data', () => {
  it('takes null for exhausted and a template for one operation', () => {
    expect(alone(null).history).toEqual([]);
    const { history, end } = alone({ f: 'write', key: 'k', value: 3 });
    expect(end).toBe('done');
    expect(history).toEqual([
      { type: 'invoke', timeNs: 0, thread: 0, process: 0, f: 'write', key: 'k', value: 3 },
      { type: 'ok', timeNs: 10, thread: 0, process: 0, f: 'write', key: 'k', value: 3 },
    ]);
  });

  it('runs a list in order, without a barrier', () => {
    expect(view(simulate([{ f: 'a' }, [{ f: 'b' }, null], { f: 'c' }], new Roster(2), taking(10)))).toEqual([
      '0 0 a',
      '0 1 b',
      '10 0 c',
    ]);
  });

  it('asks a function again whenever what it gave is exhausted, until it gives null', () => {
    const calls = (_: unknown, n: number): GeneratorLike =>
      n < 3
        ? [
            { f: 'x', value: n },
            { f: 'y', value: n },
          ]
        : null;
    expect(contents(alone(calls))).toEqual([
      'x null 0',
      'y null 0',
      'x null 1',
      'y null 1',
      'x null 2',
      'y null 2',
    ]);
  });

  it('gives up on a function that only ever gives empty generators', () => {
    expect(() => alone(() => [])).toThrow(/empty generators in a row/);
  });

  it('refuses what is no generator', () => {
    expect(() => from({ g: 1 } as unknown as GeneratorLike)).toThrow(/not a generator: {"g":1}/);
  });

  it('waits for the thread a template names, and refuses one that does not exist', () => {
    expect(
      view(
        simulate(
          [
            { f: 'a', thread: 1 },
            { f: 'b', thread: 1 },
          ],
          ROSTER,
          taking(10),
        ),
      ),
    ).toEqual(['0 1 a', '10 1 b']);
    expect(() => alone({ f: 'a', thread: 'nemesis:gone' })).toThrow(/nemesis:gone, which does not exist/);
  });

  it('gives work to the thread that was idle longest', () => {
    const ops = Array.from({ length: 6 }, () => ({ f: 'a' }));
    const { history } = simulate(
      onThreads((name) => typeof name === 'number', ops),
      ROSTER,
      (_, __, n) => ({
        afterNs: n === 0 ? 100 : 10,
        type: 'ok',
      }),
    );
    const threads = history.filter((op) => op.type === 'invoke').map((op) => op.thread);
    expect(threads).toEqual([0, 1, 2, 1, 2, 1]);
  });
});

describe('sequence', () => {
  it('of nothing is nothing', () => {
    expect(sequence()).toBe(NOTHING);
  });
});

describe('unfold and drawn', () => {
  const make = (n: number) =>
    drawn(Seed.of(n), (draws, i) => (i < 50 ? { f: 'w', value: draws.int(0, 1e6) } : null));

  it('depends on the seed alone', () => {
    expect(contents(alone(make(1)))).toEqual(contents(simulate(make(1), ROSTER, taking(3))));
    expect(contents(alone(make(1)))).not.toEqual(contents(alone(make(2))));
    expect(contents(alone(make(1)))).toHaveLength(50);
  });

  it('carries a state, and shows it events when it heeds them', () => {
    const echoing = unfold(
      Seed.of(1),
      { last: -1, n: 0 },
      (state) =>
        state.n < 3
          ? [
              { f: 'w', value: state.last },
              { ...state, n: state.n + 1 },
            ]
          : null,
      (state, event) => (event.type === 'ok' ? { ...state, last: state.last + 10 } : state),
    );
    expect(contents(alone(echoing))).toEqual(['w null -1', 'w null 9', 'w null 19']);
  });

  it('does not call its function when nobody is free', () => {
    const table = new ThreadTable(new Roster(1));
    table.take(0);
    let calls = 0;
    const generator = drawn(Seed.of(1), () => {
      calls++;
      return { f: 'a' };
    });
    expect(generator.op(table.context).state).toBe('pending');
    expect(calls).toBe(0);
    expect(names(alone(null))).toEqual([]);
  });
});
