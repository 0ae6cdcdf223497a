import { describe, expect, it } from 'vitest';
import type { PlannedFault } from '../../../harness/contracts.ts';
import type { RunEvent } from '../../../harness/events.ts';
import type { Op, OpType } from '../../../harness/op.ts';
import { FaultEvents, faultLabel } from '../../../harness/run/fault-events.ts';

const planned = { id: 'partition-1', fault: 'partition', mode: 'halves' } as PlannedFault;
const op = (type: OpType, f: string, evidence?: object): Op => ({
  index: 0,
  time: 5,
  process: 'nemesis:partition',
  type,
  f,
  value: {
    id: 'partition-1',
    fault: 'partition',
    nodes: ['n1'],
    ...(evidence ? { evidence } : {}),
  } as Op['value'],
});

describe('FaultEvents', () => {
  it('tells injections and undoings by their state, with the evidence in one clause', () => {
    const events: RunEvent[] = [];
    const watch = new FaultEvents([planned], (event) => events.push(event));
    watch.record(op('invoke', 'inject-partition'));
    watch.record(
      op('ok', 'inject-partition', { state: 'installed', bit: true, summary: '2 links cut', measures: {} }),
    );
    watch.record(
      op('ok', 'undo-partition', { state: 'installed', bit: true, summary: '9 dropped', measures: {} }),
    );
    watch.record({ ...op('ok', 'leader'), process: 'observer:n1' });
    expect(events).toEqual([
      expect.objectContaining({
        kind: 'fault-injected',
        label: 'partition halves',
        state: 'installed',
        summary: '2 links cut',
      }),
      expect.objectContaining({ kind: 'fault-undone', ok: true, bit: true, summary: '9 dropped', timeNs: 5 }),
    ]);
  });

  it('tells what was skipped and what failed', () => {
    const states: string[] = [];
    const watch = new FaultEvents([planned], (event) => {
      if (event.kind === 'fault-injected') states.push(event.state);
    });
    watch.record(op('fail', 'inject-partition', { state: 'skipped', bit: false, summary: '', measures: {} }));
    watch.record(op('info', 'inject-partition', { state: 'failed', bit: false, summary: '', measures: {} }));
    expect(states).toEqual(['skipped', 'failed']);
  });

  it('says nothing of an undoing that outlived its phase, and that one failed only where it did', () => {
    const undone: (string | boolean)[] = [];
    const watch = new FaultEvents([planned], (event) => {
      if (event.kind === 'fault-undone') undone.push(event.ok, event.summary);
    });
    const error = {
      definite: false,
      kind: 'drain-deadline',
      message: 'still open when the phase ended',
    };
    watch.record({ ...op('info', 'undo-partition'), error });
    expect(undone).toEqual([]);
    const stuck = { state: 'failed', bit: null, summary: 'stuck', measures: {} };
    watch.record(op('info', 'undo-partition', stuck));
    expect(undone).toEqual([false, 'stuck']);
  });
});

describe('faultLabel', () => {
  it('leaves out a mode that says nothing', () => {
    expect(faultLabel({ fault: 'kill', mode: 'kill' })).toBe('kill');
    expect(faultLabel({ fault: 'clock', mode: 'jump' })).toBe('clock jump');
  });
});
