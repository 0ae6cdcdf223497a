import { describe, expect, it } from 'vitest';
import {
  clients,
  eachThread,
  forEachThread,
  limit,
  nemesis,
  observers,
  onThreads,
  Roster,
  repeat,
  reserve,
  ThreadTable,
} from '../../../harness/generator/index.ts';
import { simulate } from '../../../harness/interpreter/simulate.ts';
import { ROSTER, taking, view } from './view.ts';

const threadsOf = (generator: Parameters<typeof simulate>[0], roster = ROSTER) => {
  const seen: Record<string, Set<number | string>> = {};
  for (const op of simulate(generator, roster, taking(10), 0, { maxOps: 200 }).history) {
    seen[op.f] ??= new Set();
    seen[op.f]!.add(op.thread);
  }
  return Object.fromEntries(Object.entries(seen).map(([f, threads]) => [f, [...threads].sort()]));
};

describe('who performs what', () => {
  it('clients and nemesis keep apart', () => {
    expect(threadsOf(clients(repeat({ f: 'read' }), repeat({ f: 'fault' })))).toEqual({
      read: [0, 1, 2],
      fault: ['nemesis:partition'],
    });
  });

  it('a lane has its own operations', () => {
    const roster = new Roster(1, ['nemesis:kill', 'nemesis:clock', 'observer:n1']);
    const generator = nemesis(repeat({ f: 'k' }), 'kill');
    expect(threadsOf(generator, roster)).toEqual({ k: ['nemesis:kill'] });
    expect(threadsOf(observers(repeat({ f: 'leader' })), roster)).toEqual({ leader: ['observer:n1'] });
    expect(threadsOf(nemesis(repeat({ f: 'x' })), roster)).toEqual({ x: ['nemesis:clock', 'nemesis:kill'] });
  });

  it('ends at once where no such thread exists, instead of waiting for ever', () => {
    expect(
      simulate(
        onThreads((name) => name === 7, { f: 'a' }),
        ROSTER,
      ).end,
    ).toBe('done');
    expect(simulate(nemesis({ f: 'a' }, 'gone'), ROSTER).end).toBe('done');
  });

  it('reserve shares out the threads it can see', () => {
    const roster = new Roster(6, ['nemesis:x']);
    const shares = reserve(
      [
        [1, repeat({ f: 'a' })],
        [2, repeat({ f: 'b' })],
      ],
      repeat({ f: 'c' }),
    );
    expect(threadsOf(clients(shares), roster)).toEqual({ a: [0], b: [1, 2], c: [3, 4, 5] });
    const upper = onThreads((name) => typeof name === 'number' && name > 1, shares);
    expect(threadsOf(upper, roster)).toEqual({ a: [2], b: [3, 4], c: [5] });
  });

  it('each-thread gives every thread a copy of its own', () => {
    expect(view(simulate(clients(eachThread([{ f: 'a' }, { f: 'b' }])), ROSTER, taking(10)))).toEqual([
      '0 0 a',
      '0 1 a',
      '0 2 a',
      '10 0 b',
      '10 1 b',
      '10 2 b',
    ]);
    expect(threadsOf(clients(forEachThread((name) => limit(2, repeat({ f: `of-${name}` })))))).toEqual({
      'of-0': [0],
      'of-1': [1],
      'of-2': [2],
    });
  });
});

describe('rosters and contexts', () => {
  it('know their threads by number and by name', () => {
    expect(ROSTER.size).toBe(4);
    expect(ROSTER.name(3)).toBe('nemesis:partition');
    expect(ROSTER.index('nemesis:partition')).toBe(3);
    expect(ROSTER.index(3)).toBe(-1);
    expect(ROSTER.index('nemesis:x')).toBe(-1);
    expect(() => new Roster(1, ['a', 'a'])).toThrow(/repeat/);
  });

  it('intern sets, so that equal ones are the same', () => {
    const odd = ROSTER.set((_, i) => i % 2 === 1);
    expect(ROSTER.set((_, i) => i === 1 || i === 3)).toBe(odd);
    expect(odd.meet(ROSTER.all)).toBe(odd);
    expect(odd.meet(ROSTER.single(1))).toBe(ROSTER.single(1));
  });

  it('show a restricted view, and another time', () => {
    const table = new ThreadTable(ROSTER);
    const context = table.context.only(ROSTER.single(2));
    expect(context.nextFree()).toBe(2);
    expect(context.isFree(0)).toBe(false);
    table.take(2);
    expect(context.nextFree()).toBe(-1);
    expect(context.allFree()).toBe(false);
    expect(table.context.allFree()).toBe(false);
    expect(table.context.at(99).only(ROSTER.single(1)).time).toBe(99);
    expect(table.context.time).toBe(0);
  });

  it('retire client processes by the number of clients, and no others', () => {
    const table = new ThreadTable(ROSTER);
    table.retire(1);
    table.retire(1);
    table.retire(3);
    expect([table.process(0), table.process(1), table.process(3)]).toEqual([0, 7, 'nemesis:partition']);
  });
});
