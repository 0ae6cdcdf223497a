import { describe, expect, it } from 'vitest';
import { applyGates, DEFAULT_GATES, type FaultTally, gateLimits } from '../../harness/gates.ts';
import { historyOf } from '../../harness/history/builder.ts';
import type { Op, OpType, Process } from '../../harness/op.ts';

let time = 0;
const op = (process: Process, type: OpType, f: string): Op => ({
  index: 0,
  time: time++,
  process,
  type,
  f,
  value: null,
  phase: 'load',
});
const acknowledged = (n: number): Op[] =>
  Array.from({ length: n }, (_, i) => [op(i % 2, 'invoke', 'write'), op(i % 2, 'ok', 'write')]).flat();
const failing = (ops: Op[], faults: FaultTally[] = []): string[] =>
  applyGates(historyOf(ops), faults, DEFAULT_GATES, 2)
    .filter((gate) => !gate.holds)
    .map((gate) => gate.name);

describe('applyGates', () => {
  it('refuses a run that acknowledged too little', () => {
    expect(failing([op(0, 'invoke', 'read'), op(1, 'invoke', 'read'), op(0, 'ok', 'read')])).toEqual([
      'operations',
    ]);
  });

  it('refuses a run in which nothing was concurrent', () => {
    expect(failing(acknowledged(20))).toEqual(['concurrency']);
  });

  it('passes a run that did enough', () => {
    const overlap = [
      op(0, 'invoke', 'read'),
      op(1, 'invoke', 'read'),
      op(0, 'ok', 'read'),
      op(1, 'ok', 'read'),
    ];
    expect(failing([...overlap, ...acknowledged(10)])).toEqual([]);
  });

  it('refuses a run whose fault never had an effect, and counts what ran under it', () => {
    const overlap = [
      op(0, 'invoke', 'read'),
      op(1, 'invoke', 'read'),
      op(0, 'ok', 'read'),
      op(1, 'ok', 'read'),
    ];
    const cut = [
      op('nemesis:partition', 'invoke', 'inject-partition'),
      op('nemesis:partition', 'ok', 'inject-partition'),
    ];
    const heal = [
      op('nemesis:partition', 'invoke', 'undo-partition'),
      op('nemesis:partition', 'ok', 'undo-partition'),
    ];
    const tally = (bit: number): FaultTally[] => [
      { fault: 'partition', planned: 1, attempted: 1, installed: 1, bit },
    ];
    expect(failing([...overlap, ...cut, ...acknowledged(10), ...heal], tally(1))).toEqual([]);
    expect(failing([...overlap, ...cut, ...acknowledged(10), ...heal], tally(0))).toEqual([
      'fault-partition',
    ]);
    expect(failing([...overlap, ...acknowledged(10), ...cut, ...heal], tally(1))).toEqual(['under-fault']);
    // All clients wait for what they asked before the cut: it did meet them.
    const [asked, answered] = [op(0, 'invoke', 'read'), op(0, 'info', 'read')];
    const waiting = [...overlap, ...acknowledged(10), asked, ...cut, ...heal, answered];
    expect(failing(waiting, tally(1))).toEqual([]);
    const before = [...overlap, ...acknowledged(10), asked, answered, ...cut, ...heal];
    expect(failing(before, tally(1))).toEqual(['under-fault']);
  });

  it('refuses a run that nobody answered at the end, and takes a refusal that tells of the data for an answer', () => {
    const enough = [
      op(0, 'invoke', 'read'),
      op(1, 'invoke', 'read'),
      op(0, 'ok', 'read'),
      op(1, 'ok', 'read'),
    ];
    const ending = (type: OpType, kind?: string): Op[] => [
      { ...op(2, 'invoke', 'dequeue'), phase: 'final' },
      {
        ...op(2, type, 'dequeue'),
        phase: 'final',
        ...(kind === undefined ? {} : { error: { kind, definite: type === 'fail' } }),
      },
    ];
    const ran = [...enough, ...acknowledged(10)];
    expect(failing([...ran, ...ending('info', 'timeout'), ...ending('fail', 'connection-refused')])).toEqual([
      'final',
    ]);
    expect(failing([...ran, ...ending('info', 'timeout'), ...ending('ok')])).toEqual([]);
    expect(failing([...ran, ...ending('fail', 'empty')])).toEqual([]);
    const gone = { kind: 'not-found-10059', definite: true, message: 'stream not found' };
    const asked = [...ending('info', 'timeout'), ...ending('fail', 'x'), ...ending('fail', 'x')];
    const told = asked.map((each) => (each.error?.kind === 'x' ? { ...each, error: gone } : each));
    const hints = applyGates(historyOf([...ran, ...told]), [], DEFAULT_GATES, 2).map(({ hint }) => hint);
    expect(hints).toContain(
      'only 0 of 3 were (2 times not-found-10059: stream not found): what became of the data at the end is not known',
    );
  });

  it('says of a run that acknowledged too little what went wrong most often', () => {
    const refused = { ...op(0, 'fail', 'read'), error: { kind: 'connection-refused', definite: true } };
    const ops = [op(0, 'invoke', 'read'), refused, op(1, 'invoke', 'read'), op(1, 'ok', 'read')];
    expect(applyGates(historyOf(ops), [], DEFAULT_GATES, 1)[0]?.hint).toBe(
      'only 1 were (once connection-refused): look at the error kinds, or run longer',
    );
    expect(applyGates(historyOf([]), [], DEFAULT_GATES, 1)[0]?.hint).toBe(
      'only 0 were: look at the error kinds, or run longer',
    );
  });

  it('refuses a run whose fault could not be planned, with the reason, unless its gate is turned off', () => {
    const why = 'needs link.loss: this backend does not offer it';
    const tally = [{ fault: 'loss', planned: 0, attempted: 0, installed: 0, bit: 0, why }];
    const ran = historyOf(acknowledged(20));
    const gates = applyGates(ran, tally, DEFAULT_GATES, 1);
    expect(gates.filter((gate) => !gate.holds).map(({ name, hint }) => ({ name, hint }))).toEqual([
      { name: 'fault-loss', hint: `it could not be planned: ${why}` },
    ]);
    expect(applyGates(ran, tally, gateLimits({ 'fault-loss': 0 }), 1).every((gate) => gate.holds)).toBe(true);
  });
});

it('says why a fault had no effect, as far as that is known', () => {
  const hint = (tally: Omit<FaultTally, 'fault'>): string | undefined =>
    applyGates(historyOf(acknowledged(20)), [{ fault: 'kill', ...tally }], gateLimits({}), 1).find(
      ({ name }) => name === 'fault-kill',
    )?.hint;
  const none = { planned: 2, attempted: 0, installed: 0, bit: 0 };
  expect(hint(none)).toBe('the load was over before the first of 2: run longer');
  expect(hint({ ...none, attempted: 1, why: 'nobody leads' })).toBe(
    '0 of 2 were installed: nobody leads; see the fault table, and faultline doctor',
  );
  expect(hint({ ...none, attempted: 2, installed: 2 })).toBe(
    '2 of 2 were installed and none was seen to have an effect',
  );
  expect(hint({ ...none, attempted: 2, installed: 2, unfelt: 'nothing needed more room meanwhile' })).toBe(
    '2 of 2 were installed and none was seen to have an effect: nothing needed more room meanwhile',
  );
  expect(hint({ ...none, attempted: 2, installed: 2, bit: 1 })).toBeUndefined();
});

describe('gateLimits', () => {
  it('lays the configured thresholds over the defaults', () => {
    expect(gateLimits({ operations: 100 })).toEqual({ ...DEFAULT_GATES, operations: 100 });
  });
  it('refuses unknown gates and wrong values with a hint', () => {
    expect(() => gateLimits({ operation: 1 })).toThrow('there is no gate "operation"');
    expect(() => gateLimits({ operations: '10' })).toThrow('must be a whole number');
  });
});
