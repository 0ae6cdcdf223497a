/**
 * Counters: what each read may have been, by trying which of the open changes had happened.
 */
import { byKey, type Charge, type Oracle, ofClients, type PlainOp } from './plain.ts';

/** Sums of more open changes are not tried. */
const MAX_OPEN = 12;

interface Change {
  op: PlainOp;
  by: number;
}

/** The oracle of `counter`. O(reads * (changes + 2^open + reads)). */
export const counterOracle: Oracle = {
  about: () => undefined,
  light: true,
  charges(ops, options) {
    return byKey(ofClients(ops, 'add', 'increment', 'decrement', 'read')).flatMap((of) => {
      const changes = of.flatMap(changeOf).filter(({ op }) => op.outcome !== 'fail');
      const reads = of.filter(
        (op) =>
          op.f === 'read' && typeof op.answer === 'number' && (options['reads'] !== 'final' || op.final),
      );
      return reads.flatMap((read) => [...sums(read, changes), ...backwards(read, reads, changes)]);
    });
  },
};

function changeOf(op: PlainOp): Change[] {
  if (op.f === 'read') return [];
  const amount = typeof op.value === 'number' ? op.value : op.value === null && op.f !== 'add' ? 1 : null;
  return amount === null ? [] : [{ op, by: op.f === 'decrement' ? -amount : amount }];
}

const total = (changes: readonly Change[]): number => changes.reduce((sum, { by }) => sum + by, 0);

function sums(read: PlainOp, changes: readonly Change[]): Charge[] {
  const value = read.answer as number;
  const isSure = ({ op }: Change): boolean => op.outcome === 'ok' && op.done < read.at;
  const sure = total(changes.filter(isSure));
  const open = changes.filter((change) => !isSure(change) && change.op.at < read.done);
  if (value < sure + total(open.filter(({ by }) => by < 0))) return [{ kind: 'counter-too-low' }];
  if (value > sure + total(open.filter(({ by }) => by > 0))) return [{ kind: 'counter-too-high' }];
  if (open.length > MAX_OPEN || !changes.every(({ by }) => Number.isInteger(by))) return [];
  for (let choice = 0; choice < 2 ** open.length; choice++) {
    if (sure + total(open.filter((_, n) => choice & (1 << n))) === value) return [];
  }
  return [{ kind: 'impossible-sum' }];
}

/** An earlier read was further on, though by then the counter had been moved one way only. */
function backwards(read: PlainOp, reads: readonly PlainOp[], changes: readonly Change[]): Charge[] {
  const moves = changes.filter(({ op, by }) => by !== 0 && op.at < read.done);
  const ways = new Set(moves.map(({ by }) => Math.sign(by)));
  if (ways.size !== 1) return [];
  const way = [...ways][0]!;
  const earlier = reads.filter(({ done }) => done < read.at);
  return earlier.some(({ answer }) => ((read.answer as number) - (answer as number)) * way < 0)
    ? [{ kind: 'counter-went-back' }]
    : [];
}
