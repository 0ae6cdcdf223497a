/**
 * Writes histories in tests: whole operations one after the other, or halves where they overlap; and dice
 * that turn a list of numbers from fast-check into choices, so that a failing history shrinks.
 */
import fc from 'fast-check';
import { historyOf } from '../../harness/history/builder.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json, Op, OpError, OpType, Phase } from '../../harness/op.ts';

export interface Extra {
  process?: number;
  key?: Json;
  node?: string;
  phase?: Phase;
  error?: OpError;
  /** Time of the completion (or of a lone half), milliseconds. */
  at?: number;
  /** Time of the invocation. */
  from?: number;
}

/** Builds one history line by line; times are a millisecond apart unless given. */
export class Script {
  readonly ops: Op[] = [];
  #fresh = 1000;

  #push(op: Omit<Op, 'index' | 'time'>, atMs: number | undefined): Op {
    const index = this.ops.length;
    const full: Op = { index, time: (atMs ?? index) * 1e6, ...op };
    this.ops.push(full);
    return full;
  }

  invoke(f: string, value: Json, extra: Extra = {}): Op {
    const { process = this.#fresh++, key, node, phase, from } = extra;
    const op: Omit<Op, 'index' | 'time'> = { process, type: 'invoke', f, value };
    if (key !== undefined) op.key = key;
    if (node !== undefined) op.node = node;
    if (phase !== undefined) op.phase = phase;
    return this.#push(op, from);
  }

  end(call: Op, type: OpType = 'ok', value: Json = call.value, extra: Extra = {}): Op {
    const { index: _, time: __, ...rest } = call;
    const op: Omit<Op, 'index' | 'time'> = { ...rest, type, value };
    if (extra.error !== undefined) op.error = extra.error;
    return this.#push(op, extra.at);
  }

  /** One whole operation; a process of its own unless given. */
  run(f: string, value: Json, type: OpType = 'ok', result: Json = value, extra: Extra = {}): this {
    this.end(this.invoke(f, value, extra), type, result, extra);
    return this;
  }

  history(): History {
    return historyOf(this.ops);
  }
}

/** A fresh script, to chain `run` on. */
export const script = (): Script => new Script();

/** Choices drawn from a list of numbers; when it is used up every choice is the first. */
export class Dice {
  readonly #rolls: readonly number[];
  #next = 0;

  constructor(rolls: readonly number[]) {
    this.#rolls = rolls;
  }

  get left(): boolean {
    return this.#next < this.#rolls.length;
  }

  /** A number in [0, sides). */
  roll(sides: number): number {
    return (this.#rolls[this.#next++] ?? 0) % sides;
  }

  chance(percent: number): boolean {
    return this.roll(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.roll(items.length)]!;
  }
}

/** Dice of between `least` and `most` rolls. */
export const dice = (least = 20, most = 150): fc.Arbitrary<Dice> =>
  fc.array(fc.nat(9999), { minLength: least, maxLength: most }).map((rolls) => new Dice(rolls));

/** What one simulated operation does: asked for at invocation, its effect applied at some later instant. */
export interface Act {
  f: string;
  value: Json;
  key?: Json;
  node?: string;
  /** Takes effect and says what an acknowledgement answers. */
  effect: () => Json;
  /** Percentages of definite failures (no effect) and of unknown outcomes (half of them take effect). */
  failPercent?: number;
  infoPercent?: number;
}

interface Pending {
  call: Op;
  act: Act;
  done: boolean;
  answer: Json;
}

/**
 * Runs acts concurrently against one object that applies effects one at a time between invocation and
 * completion: what comes out is a linearizable history. Effects of unknown outcome may land late.
 */
export function simulate(d: Dice, next: (d: Dice, process: number) => Act, threads = 4): Script {
  const s = new Script();
  const open: (Pending | null)[] = new Array(threads).fill(null);
  const process = open.map((_, i) => i);
  const late: Act[] = [];
  while (d.left) {
    if (late.length > 0 && d.chance(20)) late.splice(d.roll(late.length), 1)[0]!.effect();
    const t = d.roll(threads);
    const pending = open[t];
    if (pending === null || pending === undefined) {
      const act = next(d, process[t]!);
      const extra: Extra = { process: process[t]! };
      if (act.key !== undefined) extra.key = act.key;
      if (act.node !== undefined) extra.node = act.node;
      open[t] = { call: s.invoke(act.f, act.value, extra), act, done: false, answer: null };
    } else if (!pending.done && d.chance(50)) {
      pending.answer = pending.act.effect();
      pending.done = true;
    } else {
      finish(s, d, pending, late);
      if (s.ops.at(-1)!.type === 'info') process[t] = process[t]! + threads;
      open[t] = null;
    }
  }
  return s;
}

function finish(s: Script, d: Dice, pending: Pending, late: Act[]): void {
  const { call, act } = pending;
  if (!pending.done && d.chance(act.failPercent ?? 10)) s.end(call, 'fail');
  else if (d.chance(act.infoPercent ?? 15)) {
    if (!pending.done && d.chance(50)) late.push(act);
    s.end(call, 'info');
  } else {
    if (!pending.done) pending.answer = act.effect();
    s.end(call, 'ok', pending.answer);
  }
}

/** The same history with up to four acknowledged values changed, so that it may be wrong. */
export function tampered(s: Script, d: Dice, f: string, change: (value: Json) => Json): Script {
  const at = s.ops.filter((op) => op.type === 'ok' && op.f === f);
  for (let n = 0; n < 4 && at.length > 0; n++) {
    const [op] = at.splice(d.roll(at.length), 1);
    op!.value = change(op!.value);
  }
  return s;
}

/** A few rolls more, for what is done to a history after it was made: the dice that made it are used up. */
export const fewDice = (): fc.Arbitrary<Dice> => dice(12, 12);

/** Anomaly kinds of a result, sorted, without repeats. */
export const kindsOf = (result: { anomalies: readonly { kind: string }[] }): string[] =>
  [...new Set(result.anomalies.map((anomaly) => anomaly.kind))].sort();
