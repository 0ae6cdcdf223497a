import { describe, expect, it } from 'vitest';
import {
  any,
  at,
  from,
  limit,
  Roster,
  repeat,
  sleep,
  ThreadTable,
} from '../../../harness/generator/index.ts';
import { InterpreterCore } from '../../../harness/interpreter/core.ts';

const core = (generator: Parameters<typeof from>[0], clients = 2) =>
  new InterpreterCore(new ThreadTable(new Roster(clients)), from(generator));
const ok = { type: 'ok' as const, value: null, error: undefined, restNs: 0 };

describe('the core', () => {
  it('dispatches until nobody is free, then waits for a completion', () => {
    const machine = core(limit(3, repeat({ f: 'a' })));
    expect(machine.next(0)).toMatchObject({ kind: 'dispatch', process: 0 });
    expect(machine.next(0)).toMatchObject({ kind: 'dispatch', process: 1 });
    expect(machine.next(0)).toEqual({ kind: 'wait', untilNs: Number.POSITIVE_INFINITY });
    machine.complete(1, ok, 5);
    expect(machine.next(5)).toMatchObject({ kind: 'dispatch', process: 1 });
    expect(machine.openCount).toBe(2);
    expect(machine.next(5)).toEqual({ kind: 'drain' });
    machine.complete(0, ok, 6);
    machine.complete(1, ok, 7);
    expect(machine.next(7)).toEqual({ kind: 'done', stalled: false });
  });

  it('waits for the earliest of what is promised and what rests', () => {
    const machine = core(any(at(100, { f: 'late' }), { f: 'now' }), 1);
    expect(machine.next(0)).toMatchObject({ kind: 'dispatch', op: { f: 'now' } });
    machine.complete(0, { ...ok, restNs: 30 }, 10);
    expect(machine.next(10)).toEqual({ kind: 'wait', untilNs: 40 });
    expect(machine.next(40)).toEqual({ kind: 'wait', untilNs: 100 });
    expect(machine.next(100)).toMatchObject({ kind: 'dispatch', op: { f: 'late' } });
  });

  it('shows the process that performed an operation, also when it was retired by it', () => {
    const table = new ThreadTable(new Roster(2));
    const machine = new InterpreterCore(table, from(repeat({ f: 'a' })));
    machine.next(0);
    const event = machine.complete(0, { ...ok, type: 'info' }, 5);
    expect(event.process).toBe(0);
    expect(table.process(0)).toBe(2);
  });

  it('stops at once when told to, sleeps included', () => {
    const machine = core([sleep(1000), { f: 'a' }], 1);
    expect(machine.next(0)).toEqual({ kind: 'wait', untilNs: 1000 });
    machine.stop();
    expect(machine.next(1)).toEqual({ kind: 'done', stalled: false });
  });

  it('leaves no thread resting for the next phase', () => {
    const table = new ThreadTable(new Roster(1));
    const first = new InterpreterCore(table, from({ f: 'a' }));
    first.next(0);
    first.complete(0, { ...ok, restNs: 1e9 }, 1);
    expect(first.next(1)).toEqual({ kind: 'done', stalled: false });
    expect(table.isFree(0)).toBe(true);
  });

  it('refuses a completion nobody asked for', () => {
    expect(() => core(null).complete(0, ok, 0)).toThrow(/does not have/);
  });
});
