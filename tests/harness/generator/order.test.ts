import { describe, expect, it } from 'vitest';
import {
  andThen,
  clients,
  eachThread,
  limit,
  log,
  phases,
  repeat,
  sleep,
  synchronize,
  untilOk,
} from '../../../harness/generator/index.ts';
import { simulate } from '../../../harness/interpreter/simulate.ts';
import { alone, names, ROSTER, taking, view } from './view.ts';

describe('barriers', () => {
  it('synchronize waits for every visible thread', () => {
    const slowFirst = (_: unknown, __: unknown, n: number) => ({
      afterNs: n === 0 ? 100 : 10,
      type: 'ok' as const,
    });
    expect(
      view(simulate(clients([{ f: 'a' }, { f: 'b' }, synchronize({ f: 'c' })]), ROSTER, slowFirst)),
    ).toEqual(['0 0 a', '0 1 b', '100 2 c']);
  });

  it('phases and andThen put one between their parts, not before the first', () => {
    const three = phases(limit(2, repeat({ f: 'a' })), { f: 'b' }, { f: 'c' });
    expect(view(simulate(clients(three), ROSTER, taking(10)))).toEqual([
      '0 0 a',
      '0 1 a',
      '10 2 b',
      '20 0 c',
    ]);
    expect(names(alone(andThen({ f: 'a' }, { f: 'b' })))).toEqual(['a', 'b']);
  });
});

describe('pseudo-operations', () => {
  it('sleep keeps a thread busy and never enters the history', () => {
    const simulation = alone([{ f: 'a' }, sleep(100), { f: 'b' }]);
    expect(view(simulation)).toEqual(['0 0 a', '110 0 b']);
    expect(simulation.history).toHaveLength(4);
  });

  it('a run does not end before its last sleep', () => {
    expect(alone(sleep(500)).timeNs).toBe(500);
  });

  it('log says its line when its time has come', () => {
    const simulation = alone(phases({ f: 'a' }, log('healing'), { f: 'b' }));
    expect(simulation.lines).toEqual(['healing']);
    expect(names(simulation)).toEqual(['a', 'b']);
  });
});

describe('until-ok', () => {
  it('tries until one of its own operations is acknowledged', () => {
    let n = 0;
    const thirdTime = () => ({ afterNs: 10, type: n++ < 2 ? ('fail' as const) : ('ok' as const) });
    const simulation = alone(untilOk(repeat({ f: 'a' })), thirdTime);
    expect(names(simulation)).toEqual(['a', 'a', 'a']);
    expect(simulation.end).toBe('done');
  });

  it('is not satisfied by the operations of others', () => {
    const generator = eachThread(untilOk(limit(3, repeat({ f: 'a' }))));
    const others = (op: { thread: number }) => ({
      afterNs: 10,
      type: op.thread === 0 ? ('ok' as const) : ('fail' as const),
    });
    const simulation = simulate(clients(generator), ROSTER, others);
    const byThread = (t: number) =>
      simulation.history.filter((op) => op.type === 'invoke' && op.thread === t).length;
    expect([byThread(0), byThread(1), byThread(2)]).toEqual([1, 3, 3]);
  });
});
