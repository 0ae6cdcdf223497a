/**
 * Locks whose owners take turns acquiring and releasing: each certainly holds it from the completion of the
 * acquisition to the invocation of the release that ends it. No two such spans may overlap, unless both only read.
 * Spans can be squeezed onto what is certain, so this is exact. O(n log n).
 */
import { NONE } from '../../harness/history/history.ts';
import type { FastDecision, FastPath } from './fast-path.ts';
import { invalidBy, VALID } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { OPEN } from './problem.ts';

/** What one owner holds in one way. */
interface Holding {
  /** Its span, or NONE when it is not known whether it holds. */
  span: number;
  depth: number;
  /** History index at which the last operation about it completed. */
  settled: number;
}

/** Judges mutexes, reentrant ones, and read-write locks. */
export class LockPath implements FastPath {
  readonly name = 'holding spans';
  readonly #inquiry: Inquiry;
  readonly #nothing: number;
  readonly #reentrant: boolean;
  /** By id of a function: bit 1 acquires, bit 2 only reads; NONE for others. */
  readonly #kinds: Int8Array;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
    const { names, values } = inquiry.history;
    this.#nothing = values.find(null);
    this.#reentrant = inquiry.model.name === 'reentrant-mutex';
    this.#kinds = new Int8Array(names.size).fill(NONE);
    for (const name of Object.keys(inquiry.model.functions)) {
      const id = names.find(name);
      if (id >= 0) this.#kinds[id] = (name.startsWith('acquire') ? 1 : 0) + (name.endsWith('-read') ? 2 : 0);
    }
  }

  /** The verdict on one key; null where refusals were observed or an owner did not take turns. */
  judge(calls: Int32Array): FastDecision {
    const { history, outcomes } = this.#inquiry;
    const { fs, values, pairs, processes } = history.columns;
    const spans: Spans = { acquired: [], released: [], reads: [], inside: [] };
    /** By owner and way of holding; processes and values are numbered apart. */
    const held = new Map<number, Holding>();
    for (const call of calls) {
      const outcome = outcomes.of(call);
      if (outcome === null) continue;
      if (outcome === 'refused') return null;
      const kind = this.#kinds[fs[call]!]!;
      const reads = kind >> 1;
      const who = values[call] === this.#nothing ? -1 - processes[call]! : values[call]!;
      const owner = 2 * who + reads;
      const holding = held.get(owner);
      // Two operations of one owner at once are two clients in one.
      if (holding !== undefined && holding.settled > call) return null;
      const settled = outcome === 'ok' ? pairs[call]! : OPEN;
      if ((kind & 1) === 1) {
        if (holding === undefined) {
          const span = outcome === 'info' ? NONE : spans.acquired.length;
          // Whether it holds from here on is not known; it matters only if it goes on as if it did.
          held.set(owner, { span, depth: 1, settled: span === NONE ? call : settled });
          if (span !== NONE) begin(spans, call, reads);
        } else if (!this.#reentrant || holding.span === NONE || outcome === 'info') return null;
        else {
          spans.inside[holding.span]!.push(call);
          held.set(owner, { ...holding, depth: holding.depth + 1, settled });
        }
      } else if (holding === undefined || holding.span === NONE) return null;
      else if (holding.depth > 1) {
        if (outcome === 'info') return null;
        spans.inside[holding.span]!.push(call);
        held.set(owner, { ...holding, depth: holding.depth - 1, settled });
      } else {
        spans.released[holding.span] = call;
        held.delete(owner);
      }
    }
    return this.#compare(spans);
  }

  #compare({ acquired, released, reads, inside }: Spans): FastDecision {
    const { pairs } = this.#inquiry.history.columns;
    const order = Float64Array.from(acquired, (call, span) => pairs[call]! * acquired.length + span).sort();
    const end = (span: number): number =>
      span === NONE ? -1 : released[span]! === NONE ? OPEN : released[span]!;
    // Of the spans so far, those of each way of holding that end last.
    const last = [NONE, NONE];
    for (const packed of order) {
      const span = packed % acquired.length;
      const start = pairs[acquired[span]!]!;
      const writer = last[0]!;
      const rival =
        start < end(writer) ? writer : reads[span] === 0 && start < end(last[1]!) ? last[1]! : NONE;
      if (rival !== NONE) {
        const calls = [rival, span].flatMap((at) => [acquired[at]!, released[at]!, ...inside[at]!]);
        return invalidBy(
          this.#inquiry,
          calls.filter((call) => call !== NONE),
        );
      }
      const way = reads[span]!;
      if (end(span) > end(last[way]!)) last[way] = span;
    }
    return VALID;
  }
}

interface Spans {
  /** Calls of the acquisition and the release of each span. */
  acquired: number[];
  released: number[];
  /** 1 for spans that only read. */
  reads: number[];
  /** Calls within each span that change only how deep it is. */
  inside: number[][];
}

function begin(spans: Spans, call: number, reads: number): void {
  spans.acquired.push(call);
  spans.released.push(NONE);
  spans.reads.push(reads);
  spans.inside.push([]);
}
