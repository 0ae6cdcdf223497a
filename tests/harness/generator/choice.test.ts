import { describe, expect, it } from 'vitest';
import {
  any,
  at,
  clients,
  flipFlop,
  limit,
  mix,
  nemesis,
  onThreads,
  phases,
  Roster,
  repeat,
  shortestAny,
  sleep,
  synchronize,
} from '../../../harness/generator/index.ts';
import { simulate } from '../../../harness/interpreter/simulate.ts';
import { Seed } from '../../../harness/random.ts';
import { alone, contents, names, ROSTER, taking, view } from './view.ts';

describe('any', () => {
  it('takes whatever is due first', () => {
    expect(view(alone(any(at(50, { f: 'late' }), at(20, { f: 'soon' }), { f: 'now' })))).toEqual([
      '0 0 now',
      '20 0 soon',
      '50 0 late',
    ]);
  });

  it('lets parts that are due together take turns', () => {
    expect(names(alone(limit(6, any(repeat({ f: 'a' }), repeat({ f: 'b' })))))).toEqual([
      'a',
      'b',
      'a',
      'b',
      'a',
      'b',
    ]);
  });

  it('asks a part again when a future operation of another one is only promised', () => {
    // The lane's operation is a promise for 100; the client's barrier opens at 10.
    const generator = any(nemesis(at(100, { f: 'fault' })), clients(phases({ f: 'a' }, { f: 'b' })));
    expect(view(simulate(generator, ROSTER, taking(10)))).toEqual([
      '0 0 a',
      '10 1 b',
      '100 nemesis:partition fault',
    ]);
  });

  it('ends when all have ended, shortestAny with the first', () => {
    expect(names(alone(any({ f: 'a' }, limit(3, repeat({ f: 'b' })))))).toHaveLength(4);
    expect(names(alone(shortestAny(limit(2, repeat({ f: 'a' })), repeat({ f: 'b' }))))).toEqual([
      'a',
      'b',
      'a',
    ]);
    expect(alone(any()).end).toBe('done');
  });
});

describe('mix', () => {
  it('keeps the shares it is given', () => {
    const generator = mix(Seed.of(1), [
      { weight: 3, of: repeat({ f: 'a' }) },
      { weight: 1, of: repeat({ f: 'b' }) },
      { weight: 0, of: repeat({ f: 'never' }) },
    ]);
    const ops = names(alone(limit(4000, generator)));
    const a = ops.filter((f) => f === 'a').length;
    expect(a).toBeGreaterThan(2900);
    expect(a).toBeLessThan(3100);
    expect(ops).not.toContain('never');
  });

  it('does not stall when its pick cannot go on', () => {
    // Picks fall on the first part half of the time, and its only thread is busy until 1000.
    const roster = new Roster(2);
    const stuck = onThreads((name) => name === 0, [sleep(1000), { f: 'stuck' }]);
    const generator = mix(Seed.of(4), [
      stuck,
      onThreads((name) => name === 1, limit(30, repeat({ f: 'free' }))),
    ]);
    const simulation = simulate(generator, roster, taking(10));
    const free = simulation.history.filter((op) => op.type === 'invoke' && op.f === 'free');
    expect(free).toHaveLength(30);
    expect(free.at(-1)!.timeNs).toBeLessThan(1000);
    expect(simulation.end).toBe('done');
  });

  it('leaves out parts that have ended, and shows events to the others', () => {
    const waiting = synchronize({ f: 'last' });
    expect(names(alone(mix(Seed.of(2), [{ f: 'a' }, { f: 'b' }, waiting]))).sort()).toEqual([
      'a',
      'b',
      'last',
    ]);
    expect(alone(mix(Seed.of(2), [])).end).toBe('done');
  });

  it('is fixed by its seed', () => {
    const make = (n: number) => limit(40, mix(Seed.of(n), [repeat({ f: 'a' }), repeat({ f: 'b' })]));
    expect(contents(alone(make(1)))).toEqual(contents(simulate(make(1), ROSTER, taking(7))));
    expect(contents(alone(make(1)))).not.toEqual(contents(alone(make(2))));
  });

  it('refuses negative weights', () => {
    expect(() => mix(Seed.of(1), [{ weight: -1, of: { f: 'a' } }])).toThrow(/must not be negative/);
  });
});

describe('flip-flop', () => {
  it('alternates, and ends with the part whose turn it is', () => {
    expect(names(alone(flipFlop(repeat({ f: 'a' }), limit(2, repeat({ f: 'b' })))))).toEqual([
      'a',
      'b',
      'a',
      'b',
      'a',
    ]);
    expect(names(alone(flipFlop()))).toEqual([]);
  });
});
