/**
 * Exactly once: every request with its submissions and effects.
 */
import { byKey, jsonOf, listReads, type Oracle, ofClients, type PlainOp, textOf } from './plain.ts';

/** The oracle of `exactly-once`. O(requests * operations). */
export const exactlyOnceOracle: Oracle = {
  excuses: ['submit', 'execute'],
  charges(ops, options) {
    const delivery = options['delivery'] ?? 'exactly-once';
    return byKey(ofClients(ops, 'submit', 'execute', 'read')).flatMap((of) => {
      const requests = new Set([
        ...of.filter(({ f }) => f === 'submit').map(({ value }) => textOf(value)),
        ...of.flatMap(effectsIn),
      ]);
      return [...requests].flatMap((request) =>
        wrongs(of, request, String(delivery)).map((kind) => ({ kind, about: jsonOf(request) })),
      );
    });
  },
};

/** Requests whose effect an operation shows, as often as it does. */
function effectsIn(op: PlainOp): string[] {
  if (op.outcome !== 'ok') return [];
  if (op.f === 'execute') return [textOf(op.answer)];
  return op.f === 'read' ? listReads([op]).flatMap(({ list }) => list) : [];
}

function wrongs(ops: readonly PlainOp[], request: string, delivery: string): string[] {
  const submits = ops.filter((op) => op.f === 'submit' && textOf(op.value) === request);
  const possible = submits.filter(({ outcome }) => outcome !== 'fail');
  const shown = ops.filter((op) => effectsIn(op).includes(request));
  const kinds: string[] = [];
  const times = (op: PlainOp): number => effectsIn(op).filter((effect) => effect === request).length;
  const executions = shown.filter(({ f }) => f === 'execute');
  if (delivery !== 'at-least-once' && (executions.length > 1 || shown.some((op) => times(op) > 1))) {
    kinds.push('executed-twice');
  }
  if (shown.some((op) => possible.every((submit) => submit.at > op.done))) {
    kinds.push(possible.length === 0 && submits.length > 0 ? 'failed-request-executed' : 'phantom-request');
  }
  const finals = ops.filter((op) => op.f === 'read' && op.final && Array.isArray(op.answer));
  const missed = possible.some(
    ({ outcome, done }) => outcome === 'ok' && shown.length === 0 && finals.some((read) => read.at > done),
  );
  if (delivery !== 'at-most-once' && missed) kinds.push('lost-request');
  return kinds;
}
