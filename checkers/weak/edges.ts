/**
 * The edges a level of isolation forces on the order in which transactions committed. Each edge remembers the
 * read that forces it, which is what a sentence about a cycle needs.
 */
import { IntList } from './int-list.ts';
import { INITIAL } from './transactions.ts';

/** Forced edges, and reads of the initial value although a write of the key had been seen. */
export class ForcedEdges {
  readonly from = new IntList();
  readonly to = new IntList();
  /** Index among the external reads of the read that forces the edge. */
  readonly reads = new IntList();
  /** Pairs of a seen writer and the read that returned the initial value all the same. */
  readonly overInitial: { writer: number; read: number }[] = [];
  overInitialCount = 0;

  get length(): number {
    return this.from.length;
  }

  /** `earlier` committed before `later`, because `read` read from `later` although it had to see `earlier`. */
  add(earlier: number, later: number, read: number): void {
    if (later === INITIAL) {
      this.overInitialCount++;
      if (this.overInitial.length < 10) this.overInitial.push({ writer: earlier, read });
      return;
    }
    this.from.push(earlier);
    this.to.push(later);
    this.reads.push(read);
  }
}
