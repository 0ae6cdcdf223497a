/**
 * The operations of one register grouped by the value they are about: who wrote it, who changed it to the
 * next, and the outermost ends of its reads. Everything the zone conditions need, in arrays that are reused
 * from key to key.
 */
import { NONE } from '../../harness/history/history.ts';
import { OPEN } from './problem.ts';
import { CAS, READ, REFUSED, type RegisterColumns } from './register-columns.ts';

/** Why grouping ended early. */
export type GroupingEnd =
  | { kind: 'ambiguous' }
  /** `op` observed a value that nobody wrote. */
  | { kind: 'garbage'; op: number }
  /** Two operations changed the same value to another. */
  | { kind: 'double'; first: number; second: number };

/** Values are numbered locally from 0; 0 is the initial value. Operations are positions in the columns. */
export class ValueGroups {
  /** Operation that wrote the value, and the one that changed it to the next; NONE when there is none. */
  writer = new Int32Array(0);
  successor = new Int32Array(0);
  /** Reads of the value: the one that returned first, and the one invoked last. */
  firstRead = new Int32Array(0);
  lastRead = new Int32Array(0);
  count = 0;
  /** Operations that certainly happened: acknowledged, or their effect was observed. */
  happened = new Uint8Array(0);
  #local = new Int32Array(0);
  #stamp = new Int32Array(0);
  #round = 0;
  #pending = new Int32Array(0);

  /** Local number of a value id, a new one if it has none yet. */
  local(value: number): number {
    if (this.#stamp[value] !== this.#round) {
      this.#stamp[value] = this.#round;
      const v = this.count++;
      this.#local[value] = v;
      this.writer[v] = NONE;
      this.successor[v] = NONE;
      this.firstRead[v] = NONE;
      this.lastRead[v] = NONE;
    }
    return this.#local[value]!;
  }

  /** Groups the operations; null when all went well. O(n). */
  group(c: RegisterColumns, initial: number, valueCount: number): GroupingEnd | null {
    this.#reset(c.size, valueCount);
    this.local(initial);
    for (let i = 0; i < c.size; i++) {
      const kind = c.kind[i]!;
      if (kind === READ) this.#addRead(c, i);
      else if (kind !== REFUSED) {
        const v = this.local(c.to[i]!);
        // Written twice, or the initial value again: which write a read saw cannot be told.
        if (v === 0 || this.writer[v] !== NONE || c.to[i] === c.from[i]) return { kind: 'ambiguous' };
        this.writer[v] = i;
      }
    }
    return this.#close(c);
  }

  #reset(size: number, valueCount: number): void {
    if (this.#stamp.length < valueCount) {
      this.#stamp = new Int32Array(2 * valueCount);
      this.#local = new Int32Array(2 * valueCount);
    }
    const most = 2 * size + 2;
    if (this.writer.length < most) {
      this.writer = new Int32Array(most);
      this.successor = new Int32Array(most);
      this.firstRead = new Int32Array(most);
      this.lastRead = new Int32Array(most);
      this.happened = new Uint8Array(most);
      this.#pending = new Int32Array(most);
    }
    this.happened.fill(0, 0, size);
    this.count = 0;
    this.#round++;
  }

  #addRead(c: RegisterColumns, i: number): void {
    const v = this.local(c.from[i]!);
    const first = this.firstRead[v]!;
    if (first === NONE || c.ret[i]! < c.ret[first]!) this.firstRead[v] = i;
    // Operations come in order of invocation.
    this.lastRead[v] = i;
  }

  /** What acknowledged operations observed must have been written; and so on for what those compared with. */
  #close(c: RegisterColumns): GroupingEnd | null {
    let top = 0;
    for (let i = 0; i < c.size; i++) {
      if (c.kind[i] === REFUSED) continue;
      if (c.kind[i] !== READ && c.ret[i] === OPEN) continue;
      if (c.kind[i] === READ) {
        const v = this.local(c.from[i]!);
        if (v === 0) continue;
        const w = this.writer[v]!;
        if (w === NONE) return { kind: 'garbage', op: i };
        if (this.happened[w] === 0) this.#pending[top++] = w;
        this.happened[w] = 1;
      } else if (this.happened[i] === 0) {
        this.happened[i] = 1;
        this.#pending[top++] = i;
      }
    }
    while (top > 0) {
      const i = this.#pending[--top]!;
      if (c.kind[i] !== CAS) continue;
      const v = this.local(c.from[i]!);
      const rival = this.successor[v]!;
      if (rival !== NONE) return { kind: 'double', first: Math.min(rival, i), second: Math.max(rival, i) };
      this.successor[v] = i;
      if (v === 0) continue;
      const w = this.writer[v]!;
      if (w === NONE) return { kind: 'garbage', op: i };
      if (this.happened[w] === 0) {
        this.happened[w] = 1;
        this.#pending[top++] = w;
      }
    }
    return null;
  }
}
