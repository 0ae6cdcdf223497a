/**
 * Random small histories of registers: intervals are laid out first, then values are drawn along one order of
 * effect, then some are spoiled, so that about half of the histories are linearizable.
 */
import fc from 'fast-check';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op } from '../../../harness/op.ts';

/** One operation as drawn. */
export interface DrawnOp {
  kind: number;
  value: number;
  process: number;
  /** Where within its interval it takes effect. */
  instant: number;
  spoil: number;
  outcome: number;
}

/** What shapes a history. */
export interface Shape {
  unique: boolean;
  cas: boolean;
  /** Failed cas are kept as refused observations. */
  refused: boolean;
  info: boolean;
  keys: number;
}

export const drawnOps = (max: number): fc.Arbitrary<DrawnOp[]> =>
  fc.array(
    fc.record({
      kind: fc.nat(99),
      value: fc.nat(2),
      process: fc.nat(4),
      instant: fc.nat(99),
      spoil: fc.nat(99),
      outcome: fc.nat(99),
    }),
    { minLength: 1, maxLength: max },
  );

export const drawnSteps = (max: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(4), { minLength: 3 * max, maxLength: 3 * max });

export interface Laid {
  drawn: DrawnOp;
  call: number;
  ret: number;
  process: number;
  f: string;
  input: Json;
  output: Json;
  type: 'ok' | 'fail' | 'info';
  refused: boolean;
}

/** Lays out calls and returns: each step names a process, which invokes or completes. */
export function layOut(drawn: readonly DrawnOp[], steps: readonly number[]): Laid[] {
  const laid: Laid[] = [];
  const open = new Map<number, Laid>();
  let time = 0;
  let next = 0;
  const finish = (process: number): void => {
    open.get(process)!.ret = time++;
    open.delete(process);
  };
  for (const process of steps) {
    if (open.has(process)) finish(process);
    else if (next < drawn.length) {
      const op: Laid = {
        drawn: drawn[next++]!,
        call: time++,
        ret: -1,
        process,
        f: '',
        input: null,
        output: null,
        type: 'ok',
        refused: false,
      };
      laid.push(op);
      open.set(process, op);
    }
  }
  for (const process of [...open.keys()]) finish(process);
  return laid;
}

function assign(laid: readonly Laid[], shape: Shape): void {
  const order = [...laid].sort((a, b) => {
    const at = (op: Laid): number => op.call + (op.ret - op.call) * (op.drawn.instant / 100);
    return at(a) - at(b);
  });
  let fresh = 10;
  let state = null as Json;
  let written = 10;
  for (const op of order) {
    const { kind, value, spoil } = op.drawn;
    const any = (): Json =>
      shape.unique ? (value === 0 || written === 10 ? null : 10 + (spoil % (written - 10))) : value;
    const spoiled = spoil < 12;
    if (kind < 45) {
      op.f = 'read';
      op.output = spoiled ? any() : state;
    } else if (kind < 75 || !shape.cas) {
      op.f = 'write';
      op.input = shape.unique ? fresh++ : value;
      state = op.input;
    } else {
      op.f = 'cas';
      const from: Json = spoil % 3 === 0 ? any() : state;
      const to = shape.unique ? fresh++ : value;
      op.input = [from, to];
      if (from === state || spoiled) state = to;
      else {
        op.type = 'fail';
        op.refused = true;
      }
    }
    written = fresh;
    if (op.drawn.outcome < 20 && shape.info) op.type = 'info';
    else if (op.drawn.outcome < 24 && !spoiled) op.type = 'fail';
  }
}

/** The history these draws make. */
export function registerHistory(drawn: readonly DrawnOp[], steps: readonly number[], shape: Shape): History {
  const laid = layOut(drawn, steps);
  assign(laid, shape);
  const events: { at: number; op: Laid; invoke: boolean }[] = [];
  for (const op of laid) {
    events.push({ at: op.call, op, invoke: true });
    // Half of the indeterminate operations never complete at all.
    const silent = op.type === 'info' && op.drawn.spoil % 2 === 0;
    if (!silent) events.push({ at: op.ret, op, invoke: false });
  }
  events.sort((a, b) => a.at - b.at);
  const generation = new Map<Laid, number>();
  const retired = [0, 0, 0, 0, 0];
  for (const { op, invoke } of events) {
    if (!invoke) continue;
    generation.set(op, op.process + 5 * retired[op.process]!);
    if (op.type === 'info') retired[op.process]!++;
  }
  return historyOf(
    events.map(({ at, op, invoke }, index): Op => {
      const base = {
        index,
        time: at * 1e6,
        process: generation.get(op)!,
        f: op.f,
        key: op.drawn.spoil % shape.keys,
      };
      if (invoke) return { ...base, type: 'invoke', value: op.input };
      const done: Op = {
        ...base,
        type: op.type,
        value: op.type === 'ok' && op.f === 'read' ? op.output : op.input,
      };
      if (op.type === 'fail') {
        const refused = op.refused && shape.refused;
        done.error = { definite: true, kind: refused ? 'precondition-failed' : 'connection-refused' };
      }
      return done;
    }),
  );
}

export const shapes: fc.Arbitrary<Shape> = fc.record({
  unique: fc.boolean(),
  cas: fc.boolean(),
  refused: fc.boolean(),
  info: fc.boolean(),
  keys: fc.constantFrom(1, 1, 2),
});
