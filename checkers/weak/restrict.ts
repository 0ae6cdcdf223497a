/**
 * A few transactions of many, as transactions of their own: what a witness is made of. Reads from transactions
 * that are left out are left out too, which can only make a history easier to explain.
 */
import type { MicroOperations } from './micro-operations.ts';
import { INITIAL, type Transactions } from './transactions.ts';

/** The transactions with these numbers (ascending), renumbered; history indexes stay those of the whole. O(n + size). */
export function restrict(txns: Transactions, kept: readonly number[]): Transactions {
  const numbers = new Map(kept.map((t, i) => [t, i]));
  const keys = new Map<number, number>();
  const keyOf = (key: number): number => {
    let id = keys.get(key);
    if (id === undefined) keys.set(key, (id = keys.size));
    return id;
  };
  const readStart = [0];
  const readKeys: number[] = [];
  const readSources: number[] = [];
  const readMicros: number[] = [];
  const writeStart = [0];
  const writeKeys: number[] = [];
  for (const t of kept) {
    for (let i = txns.readStart[t]!; i < txns.readStart[t + 1]!; i++) {
      const source = txns.readSources[i]! < 0 ? INITIAL : numbers.get(txns.readSources[i]!);
      if (source === undefined) continue;
      readKeys.push(keyOf(txns.readKeys[i]!));
      readSources.push(source);
      readMicros.push(txns.readMicros[i]!);
    }
    readStart.push(readKeys.length);
    const own: number[] = [];
    for (let j = txns.writeStart[t]!; j < txns.writeStart[t + 1]!; j++) own.push(keyOf(txns.writeKeys[j]!));
    writeKeys.push(...own.sort((a, b) => a - b));
    writeStart.push(writeKeys.length);
  }
  return {
    micro: restrictedMicro(txns.micro, kept, [...keys.keys()]),
    count: kept.length,
    readStart: Int32Array.from(readStart),
    readKeys: Int32Array.from(readKeys),
    readSources: Int32Array.from(readSources),
    readMicros: Int32Array.from(readMicros),
    writeStart: Int32Array.from(writeStart),
    writeKeys: Int32Array.from(writeKeys),
    wrong: [],
    wrongCount: 0,
    ambiguous: 0,
  };
}

function restrictedMicro(
  micro: MicroOperations,
  kept: readonly number[],
  keys: readonly number[],
): MicroOperations {
  const sessionOf: number[] = [];
  const sessionStart: number[] = [];
  let before = -1;
  for (const [i, t] of kept.entries()) {
    if (micro.sessionOf[t] !== before) sessionStart.push(i);
    before = micro.sessionOf[t]!;
    sessionOf.push(sessionStart.length - 1);
  }
  const sessions = sessionStart.length;
  return {
    ...micro,
    count: kept.length,
    sessions,
    sessionOf: Int32Array.from(sessionOf),
    sessionStart: Int32Array.from([...sessionStart, kept.length]),
    calls: Int32Array.from(kept, (t) => micro.calls[t]!),
    start: new Int32Array(kept.length + 1),
    keyNames: keys.map((key) => micro.keyNames[key]!),
  };
}
