/**
 * Turns what was found into anomalies: a sentence that names promise, key and moment, and the argument in
 * steps with the operations it rests on.
 */

import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly, Step } from '../../harness/verdict.ts';
import { greatest, least } from '../extent.ts';
import { instant } from '../quantiles.ts';
import { causalPath } from './causal-path.ts';
import { type CycleStep, SESSION_STEP } from './cycles.ts';
import type { ForcedEdges } from './edges.ts';
import type { Level } from './isolation.ts';
import type { Transactions, WrongRead } from './transactions.ts';

const PROMISE: Readonly<Record<Level, string>> = {
  'read-committed': 'Under read committed reads never go back behind a transaction already seen',
  'read-atomic': 'Under read atomic a transaction is seen as a whole or not at all',
  causal: 'Under causal consistency whoever sees a transaction sees all that happened before it',
};

const KIND: Readonly<Record<Level, string>> = {
  'read-committed': 'non-monotonic-read',
  'read-atomic': 'fractured-read',
  causal: 'causality-violation',
};

/** Words and operations for one decided history. */
export class Explainer {
  readonly #history: History;
  readonly #txns: Transactions;
  readonly #level: Level;

  constructor(history: History, txns: Transactions, level: Level) {
    this.#history = history;
    this.#txns = txns;
    this.#level = level;
  }

  /** A read that is wrong by itself. */
  wrongRead(wrong: WrongRead): Anomaly {
    const { micro } = this.#txns;
    const key = micro.keyNames[micro.keys[wrong.micro]!]!;
    const reader = this.name(wrong.reader);
    const value = JSON.stringify(micro.valueOf(micro.values[wrong.micro]!));
    const writer = wrong.kind === 'aborted-read' ? this.#call(wrong.writer) : this.name(wrong.writer);
    const what: Record<WrongRead['kind'], string> = {
      'garbage-read': 'which nobody ever wrote',
      'aborted-read': `which only ${writer} tried to write, and that failed`,
      'intermediate-read': `which ${writer} wrote and overwrote before it ended`,
      'future-read': 'which it wrote itself only later',
      internal: 'although it had just written another value itself',
    };
    const ops = this.opsOf(wrong.reader);
    const none = wrong.writer < 0 || wrong.writer === wrong.reader;
    const other =
      wrong.kind === 'aborted-read' ? this.#callOps(wrong.writer) : none ? [] : this.opsOf(wrong.writer);
    const steps: Step[] = [];
    if (other.length > 0) steps.push({ text: `${writer} wrote ${value} to ${text(key)}.`, ops: other });
    steps.push({ text: `${reader} read ${text(key)} = ${value}, ${what[wrong.kind]}.`, ops });
    return this.#anomaly(
      wrong.kind,
      `Reads return what committed transactions wrote, but ${reader} read ${text(key)} = ${value}, ${what[wrong.kind]}.`,
      key,
      steps,
    );
  }

  /** A read of the initial value by somebody who had to see a write of the key. */
  overInitial(writer: number, read: number): Anomaly {
    const reader = this.#readerOf(read);
    const key = this.#keyOf(read);
    const steps = [
      ...this.#pathSteps(causalPath(this.#txns, writer, reader) ?? [], reader),
      {
        text: `${this.name(reader)} read the initial value of ${text(key)}, which ${this.name(writer)} had overwritten.`,
        ops: this.opsOf(reader),
      },
    ];
    return this.#anomaly(
      'stale-initial-read',
      `${PROMISE[this.#level]}, but ${this.name(reader)} read the initial value of ${text(key)} although ` +
        `${this.name(writer)}, which it had to see, wrote ${text(key)}.`,
      key,
      steps,
    );
  }

  /** A cycle of session order, reads-from and forced edges. */
  cycle(cycle: readonly CycleStep[], forced: ForcedEdges | null): Anomaly {
    const steps = cycle.flatMap((step, i) =>
      this.#stepsOf(step.txn, cycle[(i + 1) % cycle.length]!.txn, step.why, forced),
    );
    const why = cycle.map((step) => step.why).find((w) => w !== SESSION_STEP && w < 0);
    if (why === undefined || why === SESSION_STEP || forced === null) {
      return this.#anomaly(
        'cyclic-causality',
        `Nothing happens before its cause, but ${cycle.map((step) => this.name(step.txn)).join(', ')} ` +
          'each happened before the next and the last before the first.',
        undefined,
        steps,
      );
    }
    const edge = -1 - why;
    const read = forced.reads.items[edge]!;
    const reader = this.#readerOf(read);
    const key = this.#keyOf(read);
    const older = this.name(forced.to.items[edge]!);
    const newer = this.name(forced.from.items[edge]!);
    const direct = cycle.length === 2 || cycle.every((step) => step.why === why || this.#causal(step.why));
    return this.#anomaly(
      this.#repeats(cycle, forced) ? 'non-repeatable-read' : KIND[this.#level],
      `${PROMISE[this.#level]}, but ${this.name(reader)} read ${text(key)} from ${older} although it had to ` +
        `see ${newer}, which ${direct ? 'overwrote that' : `cannot come before ${older}`}.`,
      key,
      steps,
    );
  }

  /** Versions of one key that are forced into a circle, or before the initial value. */
  versions(
    kind: string,
    promise: string,
    keyId: number,
    edges: readonly { earlier: number; later: number; why: number; path: readonly CycleStep[] }[],
  ): Anomaly {
    const key = this.#txns.micro.keyNames[keyId]!;
    const steps = edges.flatMap(({ earlier, later, why, path }): Step[] => {
      const order = `so ${this.name(earlier)} comes before ${this.name(later)} in the versions of ${text(key)}`;
      const ops = merged([this.opsOf(earlier), later < 0 ? [] : this.opsOf(later), this.opsOf(why)]);
      const seen = this.#pathSteps(path, why);
      if (why === later)
        return [
          ...seen,
          { text: `${this.name(earlier)} was known when ${this.name(later)} was made, ${order}.`, ops },
        ];
      const returned = later < 0 ? 'returned the initial value' : `returned what ${this.name(later)} wrote`;
      return [
        ...seen,
        {
          text: `${this.name(why)} ${returned} although ${this.name(earlier)} was visible to it, ${order}.`,
          ops,
        },
      ];
    });
    const { why, earlier, later } = edges.find((edge) => edge.why !== edge.later) ?? edges[0]!;
    return this.#anomaly(
      kind,
      `A session is promised ${promise}, but ${this.name(why)} returned ${text(key)} from ${this.name(later)} ` +
        `although ${this.name(earlier)}, which must be newer, was visible to it.`,
      key,
      steps,
    );
  }

  /** No one order of these transactions explains their reads; `also`: weaker promises that fall with them. */
  disorder(steps: Step[], also: readonly string[]): Anomaly {
    const { count, readStart } = this.#txns;
    const readers = [...Array(count).keys()].filter((t) => readStart[t + 1]! > readStart[t]!);
    const last = readers.reduce((a, b) => (this.#txns.micro.calls[b]! > this.#txns.micro.calls[a]! ? b : a));
    const keys = new Set(this.#txns.micro.keyNames);
    const anomaly = this.#anomaly(
      'no-sequential-order',
      'Sequential consistency promises one order of all operations that keeps the order of each process, but ' +
        `none of these ${count} explains what they read, ${this.name(last)} the last of them.`,
      keys.size === 1 ? [...keys][0] : undefined,
      steps,
    );
    return { ...anomaly, detail: { alsoBreaks: [...also] } };
  }

  /** How sentences name a key by its id. */
  keyName(key: number): string {
    return text(this.#txns.micro.keyNames[key]!);
  }

  /** How sentences name a transaction: its process and when it was invoked. */
  name(txn: number): string {
    return txn < 0 ? 'the initial state' : this.#call(this.#txns.micro.calls[txn]!);
  }

  /** History indexes of a transaction. */
  opsOf(txn: number): number[] {
    return this.#callOps(this.#txns.micro.calls[txn]!);
  }

  #causal(why: CycleStep['why']): boolean {
    return why === SESSION_STEP || why >= 0;
  }

  /** Two sources of one key in one transaction order each other both ways. */
  #repeats(cycle: readonly CycleStep[], forced: ForcedEdges): boolean {
    const whys = cycle.map((step) => step.why);
    if (whys.length !== 2 || whys.some((why) => why === SESSION_STEP || why >= 0)) return false;
    const [a, b] = whys.map((why) => forced.reads.items[-1 - (why as number)]!) as [number, number];
    return this.#readerOf(a) === this.#readerOf(b) && this.#keyOf(a) === this.#keyOf(b);
  }

  #stepsOf(from: number, to: number, why: CycleStep['why'], forced: ForcedEdges | null): Step[] {
    const ops = merged([this.opsOf(from), this.opsOf(to)]);
    if (why === SESSION_STEP) {
      return [{ text: `${this.name(to)} came later in the same session as ${this.name(from)}.`, ops }];
    }
    if (why >= 0) {
      return [{ text: `${this.name(to)} read ${text(this.#keyOf(why))} from ${this.name(from)}.`, ops }];
    }
    const read = forced!.reads.items[-1 - why]!;
    const reader = this.#readerOf(read);
    const key = text(this.#keyOf(read));
    return [
      ...this.#pathSteps(causalPath(this.#txns, from, reader) ?? [], reader),
      {
        text:
          `${this.name(reader)} read ${key} from ${this.name(to)} although it had to see ${this.name(from)}, ` +
          `which also wrote ${key}: so ${this.name(from)} came before ${this.name(to)}.`,
        ops: merged([ops, this.opsOf(reader)]),
      },
    ];
  }

  /** Why `reader` had to see `writer`. */
  #pathSteps(path: readonly CycleStep[], reader: number): Step[] {
    return path.flatMap((step, i) => this.#stepsOf(step.txn, path[i + 1]?.txn ?? reader, step.why, null));
  }

  #readerOf(read: number): number {
    const { readStart, count } = this.#txns;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (readStart[middle + 1]! <= read) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #keyOf(read: number): Json {
    return this.#txns.micro.keyNames[this.#txns.readKeys[read]!]!;
  }

  #call(call: number): string {
    const history = this.#history;
    return `the ${wordOf(history.f(call))} of process ${history.process(call)} at ${instant(history.time(call))}`;
  }

  #callOps(call: number): number[] {
    const ret = this.#history.pair(call);
    return ret < 0 ? [call] : [call, ret];
  }

  #anomaly(kind: string, sentence: string, key: Json | undefined, steps: Step[]): Anomaly {
    const ops = merged(steps.map((step) => step.ops));
    return {
      kind,
      sentence: capital(sentence),
      certainty: 'proved',
      ...(key === undefined ? {} : { key }),
      ops,
      steps: steps.map((step) => ({ ...step, text: capital(step.text) })),
      fromNs: least(ops.map((i) => this.#history.time(i))),
      toNs: greatest(ops.map((i) => this.#history.time(i))),
    };
  }
}

function wordOf(f: string): string {
  return f === 'txn' ? 'transaction' : f;
}

function text(key: Json): string {
  return key === null ? 'the register' : typeof key === 'string' ? key : `key ${JSON.stringify(key)}`;
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function merged(lists: readonly (readonly number[])[]): number[] {
  return [...new Set(lists.flat())].sort((a, b) => a - b);
}
