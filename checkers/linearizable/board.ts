/**
 * The board on which threads that judge the keys of one history together claim work: a key for a round, the
 * first of which is the fast path, the later ones searches of growing depth. A key is claimed at most once per
 * round, and only when its round before has ended. Alone, a thread claims key after key, round after round.
 */

/** Rounds beyond this are not begun; the depth of the search grows eightfold with each. */
export const MAX_ROUNDS = 40;
const NO_ROUND = 0x7fffffff;
const DECIDED = -1;
const INTS = 2 + MAX_ROUNDS;
/** What a search carries from round to round: steps, configurations, the window tried last. */
const CARRIED = 3;

/** Claims over so many keys, in memory that may be shared. All operations are atomic. */
export class Board {
  readonly #size: number;
  /** By key: twice the round it is ready for, one more while that is under way. */
  readonly #states: Int32Array;
  /** 0: the round a violation was found in; 1: keys not settled by the first round; then next key by round. */
  readonly #control: Int32Array;
  readonly #carried: Float64Array;

  constructor(size: number, memory: ArrayBufferLike) {
    this.#size = size;
    this.#carried = new Float64Array(memory, 0, size * CARRIED);
    this.#control = new Int32Array(memory, size * CARRIED * 8, INTS);
    this.#states = new Int32Array(memory, size * CARRIED * 8 + INTS * 4, size);
  }

  /** Bytes of memory for so many keys. It must be zeroed. */
  static bytes(size: number): number {
    return size * (CARRIED * 8 + 4) + INTS * 4;
  }

  /** The next key to be claimed in this round, now claimed; -1 when none is left. */
  claim(round: number): number {
    for (;;) {
      const key = Atomics.add(this.#control, 2 + round, 1);
      if (key >= this.#size) return -1;
      if (this.#begin(key, round)) return key;
    }
  }

  /**
   * A key's round has ended undecided. True: the claims of the next round have passed it by, and it is now
   * claimed by the caller.
   */
  next(key: number, round: number): boolean {
    Atomics.store(this.#states, key, 2 * (round + 1));
    return Atomics.load(this.#control, 2 + round + 1) > key && this.#begin(key, round + 1);
  }

  /** A key is decided, or will not be. */
  end(key: number): void {
    Atomics.store(this.#states, key, DECIDED);
  }

  #begin(key: number, round: number): boolean {
    return Atomics.compareExchange(this.#states, key, 2 * round, 2 * round + 1) === 2 * round;
  }

  /** The earliest round known to have found a violation; no later one needs to be begun. */
  get stopRound(): number {
    return NO_ROUND - Atomics.load(this.#control, 0);
  }

  /** A violation was found in this round. */
  stopAfter(round: number): void {
    for (;;) {
      const known = Atomics.load(this.#control, 0);
      if (NO_ROUND - known <= round) return;
      if (Atomics.compareExchange(this.#control, 0, known, NO_ROUND - round) === known) return;
    }
  }

  /** What a key's search carries to its next round, written and read by whoever has claimed it. */
  carried(key: number): Float64Array {
    return this.#carried.subarray(key * CARRIED, (key + 1) * CARRIED);
  }
}
