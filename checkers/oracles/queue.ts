/**
 * Queues: every message counted in and out.
 */
import type { Json } from '../../harness/op.ts';
import { byKey, type Charge, jsonOf, type Oracle, ofClients, type PlainOp, textOf } from './plain.ts';

/** The oracle of `queue`. O(messages * operations * moments it was empty). */
export const queueOracle: Oracle = {
  excuses: ['enqueue', 'dequeue'],
  charges(ops, options) {
    const delivery = options['delivery'] ?? 'exactly-once';
    return byKey(ofClients(ops, 'enqueue', 'dequeue', 'drain')).flatMap((of) => [
      ...taken(of, delivery !== 'at-least-once'),
      ...(delivery !== 'at-most-once' && somethingLost(of) ? [{ kind: 'lost-message' }] : []),
    ]);
  },
};

/** The messages an operation took out. */
function outOf(op: PlainOp): string[] {
  if (op.outcome !== 'ok') return [];
  if (op.f === 'dequeue') return op.answer === null ? [] : [textOf(op.answer)];
  return op.f === 'drain' && Array.isArray(op.answer) ? op.answer.map((item: Json) => textOf(item)) : [];
}

const enqueues = (ops: readonly PlainOp[], message: string): PlainOp[] =>
  ops.filter((op) => op.f === 'enqueue' && textOf(op.value) === message);

function taken(ops: readonly PlainOp[], once: boolean): Charge[] {
  const charges: Charge[] = [];
  for (const op of ops) {
    for (const message of new Set(outOf(op))) {
      const about = jsonOf(message);
      const all = enqueues(ops, message);
      const possible = all.filter(({ outcome }) => outcome !== 'fail');
      const before = possible.filter((enqueue) => enqueue.at < op.done).length;
      const out = ops
        .filter((other) => other.done <= op.done)
        .flatMap(outOf)
        .filter((other) => other === message);
      if (before === 0) {
        charges.push({
          kind: possible.length === 0 && all.length > 0 ? 'aborted-message' : 'phantom-message',
          about,
        });
      }
      if (before > 0 && once && out.length > before) charges.push({ kind: 'duplicate-message', about });
    }
  }
  return charges;
}

/** Was it ever empty after more acknowledged messages than were and can have been taken? */
function somethingLost(ops: readonly PlainOp[]): boolean {
  const messages = new Set(ops.filter(({ f }) => f === 'enqueue').map(({ value }) => textOf(value)));
  const takes = ops.flatMap(outOf);
  return ops.filter(foundEmpty).some((empty) => {
    const unknown = ops.filter((op) => op.f !== 'enqueue' && op.outcome === 'info' && op.at < empty.done);
    if (unknown.some(({ f }) => f === 'drain')) return false;
    let missing = 0;
    for (const message of messages) {
      const sure = enqueues(ops, message).filter(({ outcome, done }) => outcome === 'ok' && done < empty.at);
      missing += Math.max(0, sure.length - takes.filter((take) => take === message).length);
    }
    return missing > unknown.length;
  });
}

function foundEmpty(op: PlainOp): boolean {
  if (!op.final) return false;
  if (op.f === 'drain') return op.outcome === 'ok' && Array.isArray(op.answer);
  if (op.f !== 'dequeue') return false;
  return op.outcome === 'ok' ? op.answer === null : op.outcome === 'fail' && op.error === 'empty';
}
