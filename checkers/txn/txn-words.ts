/**
 * Transactions in words: who ran one, when, and what it read and wrote.
 */
import type { Json, Process } from '../../harness/op.ts';
import { instant } from '../quantiles.ts';
import { NEVER, type Txns } from './txns.ts';

/** `T17 (process 3 at n1, 1.200 s to 1.254 s)`. */
export function txnWords(txns: Txns, t: number): string {
  const { history } = txns;
  const call = txns.inv[t]!;
  const process: Process = history.process(call);
  const node = history.node(call);
  const from = instant(history.time(call));
  const to = txns.ret[t] === NEVER ? `from ${from} on` : `${from} to ${instant(history.time(txns.ret[t]!))}`;
  return `${nameOf(t)} (process ${process}${node === undefined ? '' : ` at ${node}`}, ${to})`;
}

/** `T17`: the transaction invoked as number 17 of the history. */
export function nameOf(t: number): string {
  return `T${t}`;
}

/** `key 3`. */
export function keyWords(txns: Txns, key: number): string {
  return `key ${JSON.stringify(keyJson(txns, key))}`;
}

/** The key itself. */
export function keyJson(txns: Txns, key: number): Json {
  return txns.codes.json(txns.keys.code(key));
}

/** A value, or its code, as JSON text. */
export function valueWords(txns: Txns, code: number): string {
  return JSON.stringify(txns.codes.json(code));
}

/** History indexes of transactions, invocations and completions, ascending. */
export function opsOf(txns: Txns, ts: readonly number[]): number[] {
  const ops = new Set<number>();
  for (const t of ts) {
    const call = txns.inv[t]!;
    ops.add(call);
    const pair = txns.history.pair(call);
    if (pair >= 0) ops.add(pair);
  }
  return [...ops].sort((a, b) => a - b);
}

/** `[1, 2, 3]`; of a long list its end only, or what stands around position `at`. */
export function listWords(
  txns: Txns,
  codes: ArrayLike<number>,
  length = codes.length,
  at = length - 1,
): string {
  const shown = 8;
  const from = Math.max(0, Math.min(length - shown, at - shown / 2));
  const to = Math.min(length, from + shown);
  const words: string[] = from > 0 ? [`... (${from} more)`] : [];
  for (let i = from; i < to; i++) words.push(valueWords(txns, codes[i]!));
  if (to < length) words.push(`... (${length - to} more)`);
  return `[${words.join(', ')}]`;
}
