/**
 * The events of a run in typed columns, to compare two runs of one seed and to name where they part.
 */

/** One event of a trace. */
export interface TracedEvent {
  index: number;
  timeNs: number;
  kind: number;
  /** Party the event is for. */
  to: number;
  from: number;
  /** Type of the message. */
  type: string;
}

const KINDS = ['message', 'timer', 'sync', 'call', '', 'start', 'crash'];

/** A growing record of events. */
export class Trace {
  length = 0;
  #times = new Float64Array(4096);
  #words = new Int32Array(4096);
  readonly #types: string[] = [];

  /** Adds an event. */
  add(timeNs: number, kind: number, to: number, from: number, type: string): void {
    const at = this.length++;
    if (at === this.#times.length) this.#grow();
    this.#times[at] = timeNs;
    this.#words[at] = (kind << 24) | (to << 12) | from;
    this.#types.push(type);
  }

  /** The event at a position, or undefined. */
  event(index: number): TracedEvent | undefined {
    if (index >= this.length) return undefined;
    const word = this.#words[index]!;
    return {
      index,
      timeNs: this.#times[index]!,
      kind: word >>> 24,
      to: (word >> 12) & 0xfff,
      from: word & 0xfff,
      type: this.#types[index]!,
    };
  }

  /** Position of the first event in which the two differ; -1 when they are equal. O(n). */
  firstDifference(other: Trace): number {
    const length = Math.min(this.length, other.length);
    for (let i = 0; i < length; i++) {
      const same =
        this.#times[i] === other.#times[i] &&
        this.#words[i] === other.#words[i] &&
        this.#types[i] === other.#types[i];
      if (!same) return i;
    }
    return this.length === other.length ? -1 : length;
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    times.set(this.#times);
    this.#times = times;
    const words = new Int32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
}

/** An event in words: `1234.567 ms: n2 gets append from n1`. `names` are those of the parties. */
export function describeEvent(event: TracedEvent | undefined, names: readonly string[]): string {
  if (event === undefined) return 'nothing: the run was over';
  const to = names[event.to] ?? `party ${event.to}`;
  const at = `${(event.timeNs / 1e6).toFixed(6)} ms: `;
  if (event.kind === 0) return `${at}${to} gets ${event.type} from ${names[event.from] ?? '?'}`;
  return `${at}${KINDS[event.kind] ?? 'event'} of ${to}`;
}
