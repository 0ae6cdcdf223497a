/**
 * Anti-dependencies from many readers to many writers through virtual nodes, so that their number is the sum
 * and not the product. A reader that is itself one of the writers is led around itself.
 */
import { AUX, type EdgeList, PREDICATE_AUX, PREDICATE_RW, RW } from './graph.ts';

/** The writers one version's readers precede. */
export class Fan {
  readonly #list: EdgeList;
  readonly #writers: Int32Array;
  #all = -1;
  #parts = -1;

  /** `writers` ascending, each once. */
  constructor(list: EdgeList, writers: Int32Array) {
    this.#list = list;
    this.#writers = writers;
  }

  /** Adds anti-dependencies from a reader to all writers but itself; `predicate` when it found the key absent. */
  connect(reader: number, predicate = false): void {
    const hop = predicate ? PREDICATE_AUX : AUX;
    const count = this.#writers.length;
    if (count <= 2) {
      const kind = predicate ? PREDICATE_RW : RW;
      for (const writer of this.#writers) this.#list.add(reader, writer, kind);
      return;
    }
    const own = this.#find(reader);
    if (own < 0) {
      if (this.#all < 0) {
        this.#all = this.#list.node();
        for (const writer of this.#writers) this.#list.add(this.#all, writer, RW);
      }
      this.#list.add(reader, this.#all, hop);
      return;
    }
    if (this.#parts < 0) this.#makeParts();
    if (own > 0) this.#list.add(reader, this.#parts + own - 1, hop);
    if (own + 1 < count) this.#list.add(reader, this.#parts + count + own + 1, hop);
  }

  /** Node `parts + i` leads to writers 0 to i, node `parts + count + i` to writers i and later. */
  #makeParts(): void {
    const count = this.#writers.length;
    this.#parts = this.#list.size;
    for (let i = 0; i < 2 * count; i++) this.#list.node();
    for (let i = 0; i < count; i++) {
      const upTo = this.#parts + i;
      const since = upTo + count;
      this.#list.add(upTo, this.#writers[i]!, RW);
      this.#list.add(since, this.#writers[i]!, RW);
      if (i > 0) this.#list.add(upTo, upTo - 1, AUX);
      if (i + 1 < count) this.#list.add(since, since + 1, AUX);
    }
  }

  #find(item: number): number {
    let low = 0;
    let high = this.#writers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#writers[middle]! < item) low = middle + 1;
      else high = middle;
    }
    return this.#writers[low] === item ? low : -1;
  }
}
