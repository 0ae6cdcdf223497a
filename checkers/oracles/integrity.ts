/**
 * Integrity: every value of every answer, looked for among all that was ever put in.
 */
import { byKey, jsonOf, type Oracle, ofClients, type PlainOp, textOf } from './plain.ts';

const PUTS = ['write', 'add', 'enqueue', 'submit'];

/** The oracle of `integrity`. O(values * operations). */
export const integrityOracle: Oracle = {
  excuses: [...PUTS, 'cas'],
  charges(ops, options) {
    const initial = Array.isArray(options['initial']) ? options['initial'].map((value) => textOf(value)) : [];
    const all = ofClients(ops, ...PUTS, 'cas', 'read', 'dequeue');
    return byKey(all).flatMap((of) => {
      const singles = of.some(({ f }) => f === 'write' || f === 'cas');
      const elements = of.some(({ f }) => f === 'add' || f === 'enqueue' || f === 'submit');
      const wrong = of
        .filter(({ outcome }) => outcome === 'ok')
        .flatMap((op) =>
          answered(op, singles, elements).filter(
            (value) =>
              !initial.includes(value) && !of.some((put) => put.at < op.done && putIn(put) === value),
          ),
        );
      return [...new Set(wrong)].map((value) => ({ kind: 'forged-value', about: jsonOf(value) }));
    });
  },
};

function putIn({ f, value }: PlainOp): string | null {
  if (f === 'cas') return Array.isArray(value) ? textOf(value[1] ?? null) : null;
  return PUTS.includes(f) ? textOf(value) : null;
}

function answered({ f, answer }: PlainOp, singles: boolean, elements: boolean): string[] {
  if (answer === null) return [];
  if (f === 'dequeue') return elements ? [textOf(answer)] : [];
  if (f !== 'read' || singles === elements) return [];
  if (singles) return [textOf(answer)];
  return Array.isArray(answer) ? answer.filter((value) => value !== null).map((value) => textOf(value)) : [];
}
