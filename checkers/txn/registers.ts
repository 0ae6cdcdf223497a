/**
 * A register history made ready. Values are unique per key, so a version is the micro-operation that wrote
 * it; the value every key starts with (null) is a version of its own.
 */

import { NIL } from './codes.ts';
import { READ } from './mop-reader.ts';
import { ABSENT } from './pair-table.ts';
import { COMMITTED, type Txns, UNKNOWN } from './txns.ts';

/** Versions: mop m is the version it wrote; `initial + k` is the first version of key k. */
export interface Registers {
  txns: Txns;
  initial: number;
  /** Number of version ids. */
  versions: number;
  /** Version each read saw; ABSENT when nobody wrote the value, and for writes. */
  seen: Int32Array;
  /** Last mop before on the same key in the same transaction, or -1. */
  before: Int32Array;
  /** 1 for writes that a later write of the same transaction to the same key replaces. */
  replaced: Uint8Array;
}

/** Resolves reads to versions, and marks unknown transactions somebody saw as committed. O(mops). */
export function resolveRegisters(txns: Txns): Registers {
  const { f, key, arg, owner, starts, status, writers } = txns;
  const initial = f.length;
  const seen = new Int32Array(f.length).fill(ABSENT);
  const before = new Int32Array(f.length).fill(-1);
  const replaced = new Uint8Array(f.length);
  const last = new Int32Array(txns.keys.size).fill(-1);
  const lastWrite = new Int32Array(txns.keys.size).fill(-1);
  for (let m = 0; m < f.length; m++) {
    txns.pace.step();
    const t = owner[m]!;
    const k = key[m]!;
    if (last[k]! >= starts[t]!) before[m] = last[k]!;
    last[k] = m;
    if (f[m] !== READ) {
      if (lastWrite[k]! >= starts[t]!) replaced[lastWrite[k]!] = 1;
      lastWrite[k] = m;
      continue;
    }
    const version = arg[m] === NIL ? initial + k : writers.get(k, arg[m]!);
    seen[m] = version;
    if (version === ABSENT || version >= initial) continue;
    if (status[owner[version]!] === UNKNOWN) status[owner[version]!] = COMMITTED;
  }
  return { txns, initial, versions: initial + txns.keys.size, seen, before, replaced };
}

/** Committed transaction that wrote a version, or -1 for first versions and failed writers. */
export function writerOf(registers: Registers, version: number): number {
  if (version < 0 || version >= registers.initial) return -1;
  const t = registers.txns.owner[version]!;
  return registers.txns.status[t] === COMMITTED ? t : -1;
}

/** Whether a mop is a read of the state outside its transaction: the first it does to its key. */
export function isExternal(registers: Registers, m: number): boolean {
  return registers.txns.f[m] === READ && registers.before[m]! < 0 && registers.seen[m] !== ABSENT;
}
