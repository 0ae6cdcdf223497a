/**
 * When: spacing, schedules and ends in time. All times are nanoseconds since the start of the phase. What a
 * generator offers for the future is only a promise: it is asked again as soon as anything happens.
 */
import type { Seed } from '../random.ts';
import type { Context } from './context.ts';
import { from, offer, sequence } from './data.ts';
import { drawAt, streamOf } from './draws.ts';
import {
  DONE,
  type Generator,
  type GeneratorEvent,
  type GeneratorLike,
  type OpDraft,
  type Polled,
} from './generator.ts';

/** How far behind schedule `stagger` may fall before it gives up on the lost operations. */
const STAGGER_LAG_NS = 100e6;

/**
 * Operations a mean of `meanNs` apart over all threads, gaps uniform in [0, 2 * meanNs]. Gap number n depends
 * on the seed and n alone. Short delays are made up for, so the mean rate holds; after a stall longer than
 * 100 ms the schedule continues from there instead of bursting.
 */
export function stagger(seed: Seed, meanNs: number, part: GeneratorLike): Generator {
  return new Spaced('stagger', streamOf(seed), 0, undefined, meanNs, STAGGER_LAG_NS, from(part));
}

/**
 * Operations at least `gapNs` apart over all threads. Falls behind only for as long as it must and catches up
 * then; with `catchUp` false, lost time stays lost.
 */
export function delay(gapNs: number, part: GeneratorLike, catchUp = true): Generator {
  const lag = catchUp ? Number.POSITIVE_INFINITY : 0;
  return new Spaced('delay', undefined, 0, undefined, gapNs, lag, from(part));
}

class Spaced implements Generator {
  readonly kind: string;
  readonly heeds: boolean;
  /** Random gaps when present, fixed ones otherwise. */
  readonly #stream: number | undefined;
  readonly #n: number;
  /** When the next operation is due; undefined before the first, which is due at once. */
  readonly #dueNs: number | undefined;
  readonly #gapNs: number;
  readonly #lagNs: number;
  readonly #part: Generator;
  constructor(
    kind: string,
    stream: number | undefined,
    n: number,
    dueNs: number | undefined,
    gapNs: number,
    lagNs: number,
    part: Generator,
  ) {
    this.kind = kind;
    this.#stream = stream;
    this.#n = n;
    this.#dueNs = dueNs;
    this.#gapNs = gapNs;
    this.#lagNs = lagNs;
    this.#part = part;
    this.heeds = part.heeds;
  }
  op(context: Context): Polled {
    const polled = this.#part.op(context);
    if (polled.state !== 'offer') return polled;
    const due = this.#dueNs ?? polled.op.time;
    const time = Math.max(due, polled.op.time);
    const gap = this.#stream === undefined ? this.#gapNs : 2 * this.#gapNs * drawAt(this.#stream, this.#n);
    const nextDue = Math.max(due, polled.op.time - this.#lagNs) + gap;
    return offer(movedTo(polled.op, time), this.#with(this.#n + 1, nextDue, polled.next));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    return part === this.#part ? this : this.#with(this.#n, this.#dueNs, part);
  }
  #with(n: number, dueNs: number | undefined, part: Generator): Spaced {
    return new Spaced(this.kind, this.#stream, n, dueNs, this.#gapNs, this.#lagNs, part);
  }
}

function movedTo(op: OpDraft, time: number): OpDraft {
  if (op.time === time) return op;
  return { what: op.what, time, thread: op.thread, f: op.f, key: op.key, value: op.value };
}

/** Operations at their absolute times, in the order given; late ones as soon as a thread is free. */
export function schedule(entries: readonly { atNs: number; of: GeneratorLike }[]): Generator {
  return sequence(...entries.map((entry) => at(entry.atNs, entry.of)));
}

/** Nothing before `atNs` since the start of the phase. */
export function at(atNs: number, part: GeneratorLike): Generator {
  return new At(atNs, from(part));
}

class At implements Generator {
  readonly kind = 'at';
  readonly heeds: boolean;
  readonly #atNs: number;
  readonly #part: Generator;
  constructor(atNs: number, part: Generator) {
    this.#atNs = atNs;
    this.#part = part;
    this.heeds = part.heeds;
  }
  op(context: Context): Polled {
    return this.#part.op(context.time >= this.#atNs ? context : context.at(this.#atNs));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    return part === this.#part ? this : new At(this.#atNs, part);
  }
}

/** No operation at or after `endNs` since the start of the phase; open ones are not interrupted. */
export function until(endNs: number, part: GeneratorLike): Generator {
  return new Until(endNs, from(part));
}

class Until implements Generator {
  readonly kind = 'until';
  readonly heeds: boolean;
  readonly #endNs: number;
  readonly #part: Generator;
  constructor(endNs: number, part: Generator) {
    this.#endNs = endNs;
    this.#part = part;
    this.heeds = part.heeds;
  }
  op(context: Context): Polled {
    if (context.time >= this.#endNs) return DONE;
    const polled = this.#part.op(context);
    if (polled.state === 'done') return polled;
    if (polled.state === 'pending') {
      return polled.untilNs <= this.#endNs ? polled : { state: 'pending', untilNs: this.#endNs };
    }
    // Too late as things stand, but an event may bring something sooner until the end has come.
    if (polled.op.time >= this.#endNs) return { state: 'pending', untilNs: this.#endNs };
    return offer(polled.op, new Until(this.#endNs, polled.next));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    return part === this.#part ? this : new Until(this.#endNs, part);
  }
}

/** Operations for `spanNs` from the first one on; open ones are not interrupted. */
export function timeLimit(spanNs: number, part: GeneratorLike): Generator {
  return new TimeLimit(spanNs, from(part));
}

class TimeLimit implements Generator {
  readonly kind = 'time-limit';
  readonly heeds: boolean;
  readonly #spanNs: number;
  readonly #part: Generator;
  constructor(spanNs: number, part: Generator) {
    this.#spanNs = spanNs;
    this.#part = part;
    this.heeds = part.heeds;
  }
  op(context: Context): Polled {
    if (this.#spanNs <= 0) return DONE;
    const polled = this.#part.op(context);
    if (polled.state !== 'offer') return polled;
    const start = Math.max(polled.op.time, context.time);
    return offer(polled.op, new Until(start + this.#spanNs, polled.next));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    return part === this.#part ? this : new TimeLimit(this.#spanNs, part);
  }
}

/**
 * Rotates its parts on a fixed timetable that starts at time 0 of the phase: each has the floor for its span,
 * then the next, and keeps its state until its turn comes again. An empty part is a quiet period. Ends when
 * all parts have ended.
 */
export function cycleTimes(
  ...entries: readonly (readonly [spanNs: number, part: GeneratorLike])[]
): Generator {
  const spans = entries.map(([span]) => span);
  if (spans.length === 0 || spans.some((span) => !(span > 0))) {
    throw new RangeError(`cycle-times needs spans above 0, got ${spans.join(', ')}`);
  }
  return new CycleTimes(
    spans,
    entries.map(([, part]) => from(part)),
  );
}

class CycleTimes implements Generator {
  readonly kind = 'cycle-times';
  readonly heeds: boolean;
  readonly #spans: readonly number[];
  readonly #parts: readonly Generator[];
  readonly #periodNs: number;
  constructor(spans: readonly number[], parts: readonly Generator[]) {
    this.#spans = spans;
    this.#parts = parts;
    this.#periodNs = spans.reduce((sum, span) => sum + span, 0);
    this.heeds = parts.some((part) => part.heeds);
  }
  op(context: Context): Polled {
    let { turn, endNs } = this.#turnAt(context.time);
    let startNs = context.time;
    let untilNs = Number.POSITIVE_INFINITY;
    let ended = 0;
    // Every part gets one look at its next turn; what it cannot fit in there is asked for again later.
    for (let k = 0; k <= this.#parts.length; k++) {
      const polled = this.#parts[turn]!.op(startNs === context.time ? context : context.at(startNs));
      if (polled.state === 'offer' && polled.op.time < endNs) {
        if (untilNs < polled.op.time) break;
        const parts = this.#parts.slice();
        parts[turn] = polled.next;
        return offer(polled.op, new CycleTimes(this.#spans, parts));
      }
      if (polled.state === 'done') {
        if (k < this.#parts.length) ended++;
      } else untilNs = Math.min(untilNs, endNs);
      turn = (turn + 1) % this.#parts.length;
      startNs = endNs;
      endNs += this.#spans[turn]!;
    }
    return ended === this.#parts.length ? DONE : { state: 'pending', untilNs };
  }
  update(context: Context, event: GeneratorEvent): Generator {
    if (!this.heeds) return this;
    let changed: Generator[] | undefined;
    for (let i = 0; i < this.#parts.length; i++) {
      const next = this.#parts[i]!.update(context, event);
      if (next === this.#parts[i]) continue;
      changed ??= this.#parts.slice();
      changed[i] = next;
    }
    return changed === undefined ? this : new CycleTimes(this.#spans, changed);
  }
  /** Whose turn it is at a time, and when that turn ends. */
  #turnAt(time: number): { turn: number; endNs: number } {
    let endNs = Math.floor(time / this.#periodNs) * this.#periodNs;
    for (let turn = 0; turn < this.#spans.length; turn++) {
      endNs += this.#spans[turn]!;
      if (time < endNs) return { turn, endNs };
    }
    return { turn: 0, endNs: endNs + this.#spans[0]! };
  }
}
