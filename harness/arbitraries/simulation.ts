/**
 * A simulated run: a few processes call an object, each operation takes effect at one instant between its
 * invocation and its completion, or, when its outcome is unknown, later or never. So the history is correct by
 * construction, unless a violation was put in.
 */
import { historyOf } from '../history/builder.ts';
import type { History } from '../history/history.ts';
import type { Json, Op, OpError } from '../op.ts';
import type { Misdeed, Question, SimulatedObject } from './objects.ts';

/** One step of a process: it invokes, or its operation takes effect, or it completes. Numbers from 0 to 99. */
export interface Step {
  slot: number;
  kind: number;
  value: number;
  key: number;
  /** Decides how the operation that begins here will end. */
  fate: number;
  /** Below 20, some operation whose outcome is unknown takes effect now. */
  late: number;
}

/** What shapes a run. */
export interface RunShape {
  operations: number;
  processes: number;
  keys: number;
  values: number | 'unique';
  /** Some operations end `info`, or never. */
  uncertain: boolean;
  /** Some operations fail for certain, without having had an effect. */
  failing: boolean;
}

type Fate = 'ok' | 'failed' | 'never' | 'done' | 'late' | 'silent';

interface Call extends Question {
  slot: number;
  key: number;
  fate: Fate;
  /** Undefined until it took effect. */
  outcome?: { answer: Json } | { refused: true };
}

/** One run; not to be used again after `end`. */
export class Simulation {
  readonly #object: SimulatedObject<unknown>;
  readonly #shape: RunShape;
  readonly #ops: Op[] = [];
  readonly #states = new Map<number, unknown>();
  readonly #open: (Call | null)[];
  readonly #retired: number[];
  #late: Call[] = [];
  #started = 0;
  #fresh: number;

  constructor(object: SimulatedObject<unknown>, shape: RunShape) {
    this.#object = object;
    this.#shape = shape;
    // Apart from the values that repeat, so that what was never used before is never used by chance.
    this.#fresh = shape.values === 'unique' ? 0 : shape.values;
    // One slot more than there are processes: violations come from a process of their own.
    this.#open = new Array<Call | null>(shape.processes + 1).fill(null);
    this.#retired = new Array<number>(shape.processes + 1).fill(0);
  }

  /** The process of the step goes on. */
  step(step: Step): void {
    const slot = step.slot % this.#shape.processes;
    if (step.late < 20) this.#settleOne(step.value);
    const call = this.#open[slot];
    if (!call) this.#invoke(slot, step);
    else if (call.outcome === undefined && takesEffectFirst(call.fate)) this.#takeEffect(call);
    else this.#complete(call);
  }

  /** Operations that break the promise, one after the other by a process of their own. */
  violate(name: string): void {
    const slot = this.#shape.processes;
    const misdeeds = this.#object.violations[name]!(this.#state(0), this.#next);
    for (const misdeed of misdeeds) {
      const call: Call = { f: misdeed.f, value: misdeed.value, slot, key: 0, fate: 'ok' };
      this.#journal(call, 'invoke', call.value);
      this.#takeEffect(call);
      this.#journal(call, 'ok', told(misdeed, call));
    }
  }

  /** The history; operations that took effect complete, the others stay open. */
  end(): History {
    for (const call of this.#open) if (call?.outcome !== undefined) this.#complete(call);
    return historyOf(this.#ops);
  }

  readonly #next = (): number => this.#fresh++;

  #invoke(slot: number, step: Step): void {
    if (this.#started >= this.#shape.operations) return;
    this.#started++;
    const question = this.#object.ask(step, this.#next, this.#shape.values);
    const key = this.#object.keyed ? step.key % this.#shape.keys : 0;
    const call: Call = { ...question, slot, key, fate: fateOf(step.fate, this.#shape) };
    this.#open[slot] = call;
    this.#journal(call, 'invoke', call.value);
  }

  #takeEffect(call: Call): void {
    const effect = this.#object.effect(this.#state(call.key), call);
    if ('refused' in effect) call.outcome = effect;
    else {
      call.outcome = { answer: effect.answer };
      this.#states.set(call.key, effect.state);
    }
  }

  #complete(call: Call): void {
    this.#open[call.slot] = null;
    if (call.fate === 'ok') {
      const outcome = call.outcome!;
      if ('answer' in outcome) this.#journal(call, 'ok', outcome.answer);
      else this.#journal(call, 'fail', call.value, { definite: true, kind: 'precondition-failed' });
    } else if (call.fate === 'failed') {
      this.#journal(call, 'fail', call.value, { definite: true, kind: 'connection-refused' });
    } else {
      if (call.fate === 'late') this.#late.push(call);
      if (call.fate !== 'silent') {
        this.#journal(call, 'info', call.value, { definite: false, kind: 'timeout' });
      }
      this.#retired[call.slot]!++;
    }
  }

  #settleOne(draw: number): void {
    const call = this.#late[draw % this.#late.length];
    if (call === undefined) return;
    this.#late = this.#late.filter((other) => other !== call);
    this.#takeEffect(call);
  }

  #state(key: number): unknown {
    return this.#states.has(key) ? this.#states.get(key) : this.#object.init;
  }

  #journal(call: Call, type: Op['type'], value: Json, error?: OpError): void {
    const index = this.#ops.length;
    this.#ops.push({
      index,
      time: index * 1e6,
      process: call.slot + this.#open.length * this.#retired[call.slot]!,
      type,
      f: call.f,
      ...(this.#object.keyed ? { key: call.key } : {}),
      value,
      ...(error === undefined ? {} : { error }),
    });
  }
}

function takesEffectFirst(fate: Fate): boolean {
  return fate === 'ok' || fate === 'done' || fate === 'silent';
}

function fateOf(draw: number, { uncertain, failing }: RunShape): Fate {
  if (failing && draw >= 92) return 'failed';
  if (!uncertain || draw >= 24) return 'ok';
  return (['never', 'done', 'late', 'silent'] as const)[draw % 4]!;
}

function told(misdeed: Misdeed, call: Call): Json {
  if (misdeed.answer !== undefined) return misdeed.answer;
  return call.outcome !== undefined && 'answer' in call.outcome ? call.outcome.answer : call.value;
}
