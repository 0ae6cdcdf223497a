/**
 * Unique ids while a run goes: an id that was given out before is known at once.
 */
import type { Json, Op } from '../../harness/op.ts';
import type { Watch } from './contract.ts';

/** Watches what `generate` answers. */
export class UniqueIdsWatch implements Watch {
  readonly #seen = new Set<Json>();

  take(op: Op): boolean {
    if (typeof op.process !== 'number' || op.f !== 'generate' || op.type !== 'ok') return false;
    const { value } = op;
    const id = typeof value === 'object' && value !== null ? `\u0000${JSON.stringify(value)}` : value;
    if (this.#seen.has(id)) return true;
    this.#seen.add(id);
    return false;
  }

  stats(): Record<string, Json> {
    return { ids: this.#seen.size };
  }
}
