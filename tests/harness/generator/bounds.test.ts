import { describe, expect, it } from 'vitest';
import {
  clients,
  concurrencyLimit,
  cycle,
  limit,
  once,
  processLimit,
  Roster,
  repeat,
} from '../../../harness/generator/index.ts';
import { crashing, simulate } from '../../../harness/interpreter/simulate.ts';
import { alone, names, ROSTER, taking, view } from './view.ts';

describe('limit and once', () => {
  it('let so many operations through', () => {
    expect(names(alone(limit(3, repeat({ f: 'a' }))))).toHaveLength(3);
    expect(names(alone(once([{ f: 'a' }, { f: 'b' }])))).toEqual(['a']);
    expect(names(alone(limit(0, { f: 'a' })))).toEqual([]);
  });
});

describe('repeat', () => {
  it('asks the same state again, never advancing it', () => {
    expect(names(alone(repeat([{ f: 'a' }, { f: 'b' }], 3)))).toEqual(['a', 'a', 'a']);
  });
});

describe('cycle', () => {
  it('starts over when exhausted', () => {
    expect(names(alone(limit(5, cycle([{ f: 'a' }, { f: 'b' }]))))).toEqual(['a', 'b', 'a', 'b', 'a']);
    expect(names(alone(cycle([{ f: 'a' }, { f: 'b' }], 2)))).toEqual(['a', 'b', 'a', 'b']);
    expect(names(alone(cycle({ f: 'a' }, 0)))).toEqual([]);
  });

  it('of nothing ends', () => {
    expect(alone(cycle(null)).end).toBe('done');
  });
});

describe('process-limit', () => {
  it('ends before more processes than that were possible', () => {
    const simulation = simulate(clients(processLimit(5, repeat({ f: 'a' }))), new Roster(2), crashing);
    const processes = new Set(simulation.history.map((op) => op.process));
    expect(simulation.end).toBe('done');
    // Processes 0 and 1, then 2 and 3; with 4 and 5 there would have been six.
    expect([...processes].sort()).toEqual([0, 1, 2, 3]);
  });

  it('never ends while nobody crashes', () => {
    const simulation = simulate(clients(processLimit(2, repeat({ f: 'a' }))), new Roster(2), taking(1), 0, {
      maxOps: 100,
    });
    expect(simulation.end).toBe('bound');
  });
});

describe('concurrency-limit', () => {
  it('keeps at most so many in flight, and counts only its own', () => {
    const simulation = simulate(concurrencyLimit(2, repeat({ f: 'a' })), ROSTER, taking(10), 0, {
      maxOps: 20,
    });
    let open = 0;
    let most = 0;
    for (const op of simulation.history) {
      open += op.type === 'invoke' ? 1 : -1;
      most = Math.max(most, open);
    }
    expect(most).toBe(2);
    expect(view(simulation).slice(0, 3)).toEqual(['0 0 a', '0 1 a', '10 2 a']);
  });

  it('refuses a limit that would never let anything through', () => {
    expect(() => concurrencyLimit(0, { f: 'a' })).toThrow(/never let anything through/);
  });
});
