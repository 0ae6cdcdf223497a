/**
 * Leaders while a run goes: two nodes that say they lead in one term, and a command accepted in an old term after
 * one of a newer term was acknowledged, are known at once. Where one leader at any instant is promised, the full
 * check is asked again whenever two nodes say that they lead and there is enough new to be worth it.
 */
import type { Json, Op } from '../../harness/op.ts';
import type { Watch } from './contract.ts';

/** How an election watch behaves. */
export interface ElectionWatchOptions {
  /** Two leaders in one term, and commands of deposed ones. */
  terms: boolean;
  /** Overlaps of leadership: `auto` only while no answer of a leader has named a term. */
  overlaps: 'never' | 'auto' | 'always';
}

/** Share of new answers after which overlaps are looked for again: bounds the work to a multiple of one look. */
const GROWTH = 1.04;

/** Watches all nodes. */
export class ElectionWatch implements Watch {
  readonly #options: ElectionWatchOptions;
  /** Node that claimed a term first. */
  readonly #leaders = new Map<number, string>();
  readonly #leading = new Set<string>();
  /** Highest term acknowledged when each open command was invoked. */
  readonly #open = new Map<number, number>();
  #highest = Number.NEGATIVE_INFINITY;
  #answers = 0;
  #lookAt = 0;
  #termless = false;

  constructor(options: ElectionWatchOptions) {
    this.#options = options;
  }

  take(op: Op): boolean {
    if (op.f === 'leader' && typeof op.process === 'string') return op.type === 'ok' && this.#answer(op);
    if (op.f !== 'command' || typeof op.process !== 'number') return false;
    if (op.type === 'invoke') {
      this.#open.set(op.process, this.#highest);
      return false;
    }
    return op.type === 'ok' && this.#accepted(op, op.process);
  }

  stats(): Record<string, Json> {
    return { answers: this.#answers, terms: this.#leaders.size };
  }

  #answer(op: Op): boolean {
    const process = String(op.process);
    const value = record(op.value);
    if (!process.startsWith('observer:') || typeof value?.['leading'] !== 'boolean') return false;
    const node = op.node ?? process.slice('observer:'.length);
    this.#answers++;
    if (!value['leading']) {
      this.#leading.delete(node);
      return false;
    }
    this.#leading.add(node);
    const term = value['term'];
    if (typeof term !== 'number') this.#termless = true;
    return (typeof term === 'number' && this.#claim(term, node)) || this.#worthALook();
  }

  #worthALook(): boolean {
    const { overlaps } = this.#options;
    if (overlaps === 'never' || (overlaps === 'auto' && !this.#termless)) return false;
    if (this.#leading.size < 2 || this.#answers < this.#lookAt) return false;
    this.#lookAt = Math.ceil(this.#answers * GROWTH) + 1;
    return true;
  }

  #accepted(op: Op, process: number): boolean {
    const before = this.#open.get(process) ?? Number.NEGATIVE_INFINITY;
    this.#open.delete(process);
    const value = record(op.value);
    const term = value?.['term'];
    if (typeof term !== 'number') return false;
    if (term > this.#highest) this.#highest = term;
    const stale = this.#options.terms && term < before;
    return (typeof value!['by'] === 'string' && this.#claim(term, value!['by'])) || stale;
  }

  #claim(term: number, node: string): boolean {
    const held = this.#leaders.get(term);
    if (held === undefined) this.#leaders.set(term, node);
    return this.#options.terms && held !== undefined && held !== node;
  }
}

function record(value: Json): { [name: string]: Json } | null {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
}
