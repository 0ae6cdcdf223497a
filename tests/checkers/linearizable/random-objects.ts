/**
 * Random small histories of any model: intervals first, then operations and right answers along one order of
 * effect, then some of them spoiled.
 */
import type { Model, ModelOp } from '../../../checkers/models/model.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { type DrawnOp, type Laid, layOut } from './random-register.ts';

/** What distinguishes one draw of histories from another. */
export interface ObjectShape {
  /** Values are used once. */
  unique: boolean;
  /** Share of indeterminate operations, in percent. */
  info: number;
  /** Refusals say that they are. */
  refused: boolean;
  /** Share of spoiled answers, in percent. */
  spoil: number;
  /** Which of the vocabulary is used: everything, or by bits. */
  mask: number;
}

/** How one model is spoken to. */
export interface Vocabulary {
  /** Functions, as often as they should occur. */
  functions: readonly string[];
  /** Input of an operation; `fresh` is a value never used before, `few` a small number, `past` a past input. */
  input?(f: string, fresh: number, few: number, past: Json): Json;
  /** The right answer in a state. */
  answer?(state: never, f: string, input: Json): Json;
  /** A wrong answer near the right one; default: answers of other operations. */
  wrong?(answer: Json, f: string, few: number): Json;
}

interface Assigned extends Laid {
  answered: boolean;
}

function assign(
  laid: readonly Assigned[],
  model: Model<unknown>,
  words: Vocabulary,
  shape: ObjectShape,
): void {
  const at = (op: Laid): number => op.call + (op.ret - op.call) * (op.drawn.instant / 100);
  const order = [...laid].sort((a, b) => at(a) - at(b));
  const functions = words.functions.filter((_, i) => ((shape.mask >> (i % 8)) & 1) === 1);
  const used = functions.length === 0 ? words.functions : functions;
  let state = model.init(null);
  let fresh = 10;
  const inputs: Json[] = [];
  for (const op of order) {
    const { kind, value, outcome } = op.drawn;
    op.f = used[kind % used.length]!;
    const past = inputs.length === 0 ? null : inputs[op.drawn.spoil % inputs.length]!;
    op.input = words.input?.(op.f, shape.unique ? fresh++ : value, value, past) ?? null;
    if (op.f === words.functions[0]) inputs.push(op.input);
    op.output = words.answer?.(state as never, op.f, op.input) ?? op.input;
    op.answered = model.functions[op.f]!.answers;
    const asked: ModelOp = {
      f: op.f,
      input: op.input,
      output: op.output,
      outcome: 'ok',
      process: op.process,
    };
    const next = model.step(state, asked);
    if (next === undefined && !op.answered && op.drawn.spoil < shape.spoil) continue;
    if (next === undefined) {
      op.type = outcome < 50 ? 'fail' : 'info';
      op.refused = model.functions[op.f]!.refusable;
    } else if (outcome < shape.info) {
      op.type = 'info';
      if (outcome % 2 === 0) state = next;
    } else if (outcome < shape.info + 4) op.type = 'fail';
    else state = next;
  }
  spoil(order, words, shape);
}

function spoil(order: readonly Assigned[], words: Vocabulary, shape: ObjectShape): void {
  for (const [i, op] of order.entries()) {
    if (op.drawn.spoil >= shape.spoil || !op.answered) continue;
    if (words.wrong !== undefined && op.drawn.spoil % 2 === 0) {
      op.output = words.wrong(op.output, op.f, op.drawn.value);
      continue;
    }
    const other = order.slice(i + 1).find((later) => later.f === op.f && later.type === 'ok');
    if (other !== undefined) [op.output, other.output] = [other.output, op.output];
  }
}

/** The history these draws make. */
export function objectHistory(
  model: Model<unknown>,
  words: Vocabulary,
  drawn: readonly DrawnOp[],
  steps: readonly number[],
  shape: ObjectShape,
): History {
  const laid = layOut(drawn, steps).map((op) => ({ ...op, answered: false }));
  assign(laid, model, words, shape);
  const events = laid
    .flatMap((op) => [
      { at: op.call, op, invoke: true },
      ...(op.type === 'info' && op.drawn.spoil % 2 === 0 ? [] : [{ at: op.ret, op, invoke: false }]),
    ])
    .sort((a, b) => a.at - b.at);
  const process = new Map<Assigned, number>();
  const retired = [0, 0, 0, 0, 0];
  for (const { op, invoke } of events) {
    if (!invoke) continue;
    process.set(op, op.process + 5 * retired[op.process]!);
    if (op.type === 'info') retired[op.process]!++;
  }
  return historyOf(
    events.map(({ at, op, invoke }, index): Op => {
      const base = { index, time: at * 1e6, process: process.get(op)!, f: op.f };
      if (invoke) return { ...base, type: 'invoke', value: op.input };
      const value = op.type === 'ok' ? op.output : op.input;
      const done: Op = { ...base, type: op.type, value };
      if (op.type === 'fail') {
        const refused = op.refused && shape.refused;
        done.error = { definite: true, kind: refused ? 'precondition-failed' : 'connection-refused' };
      }
      return done;
    }),
  );
}
