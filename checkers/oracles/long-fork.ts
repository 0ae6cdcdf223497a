/**
 * Long forks: every pair of reads, every pair of keys.
 */
import type { Json } from '../../harness/op.ts';
import { type Charge, type Oracle, ofClients, type PlainOp, textOf } from './plain.ts';

type MicroOp = [f: string, key: string, value: string];

/** The oracle of `long-fork`. O(reads^2 * keys^2). */
export const longForkOracle: Oracle = {
  charges(ops) {
    const mine = ofClients(ops, 'txn', 'read', 'write');
    const writes = mine.flatMap((op) =>
      (microOps(op.value) ?? []).filter(([f]) => f === 'w').map(([, key, value]) => ({ op, key, value })),
    );
    const possible = (key: string) => writes.filter((w) => w.key === key && w.op.outcome !== 'fail');
    const reads = mine.flatMap((op) => readOf(op));
    const charges: Charge[] = [];
    const sound = reads.filter((read) => {
      let clean = true;
      for (const [, key, value] of read) {
        if (value === 'null' || possible(key).length > 1) continue;
        if (possible(key).some((write) => write.value === value)) continue;
        clean = false;
        const aborted = possible(key).length === 0 && writes.some((write) => write.key === key);
        charges.push({ kind: aborted ? 'aborted-read' : 'phantom-read' });
      }
      return clean && new Set(read.map(([, key]) => key)).size === read.length;
    });
    const keysOf = (read: MicroOp[]): string => JSON.stringify(read.map(([, key]) => key).sort());
    const saw = (read: MicroOp[], key: string): boolean =>
      read.some(([, other, value]) => other === key && value !== 'null');
    const forked = sound.some((a) =>
      sound.some((b) => {
        if (keysOf(a) !== keysOf(b) || a.some(([, key]) => possible(key).length > 1)) return false;
        return a.some(([, x]) => saw(a, x) && !saw(b, x) && b.some(([, y]) => saw(b, y) && !saw(a, y)));
      }),
    );
    return forked ? [...charges, { kind: 'long-fork' }] : charges;
  },
};

function microOps(value: Json): MicroOp[] | null {
  if (!Array.isArray(value)) return null;
  if (!value.every((op) => Array.isArray(op) && op.length >= 2 && typeof op[0] === 'string')) return null;
  return (value as Json[][]).map(([f, key, written]) => [f as string, textOf(key!), textOf(written ?? null)]);
}

/** The reads of an acknowledged read of two keys or more. */
function readOf(op: PlainOp): MicroOp[][] {
  const ops = op.outcome === 'ok' ? microOps(op.answer) : null;
  return ops !== null && ops.length >= 2 && ops.every(([f]) => f === 'r') ? [ops] : [];
}
