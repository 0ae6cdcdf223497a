/**
 * Promises of single answers: ids that differ, echoes that do not.
 */
import { type Oracle, ofClients, same } from './plain.ts';

/** The oracle of `unique-ids`. O(n^2). */
export const uniqueIdsOracle: Oracle = {
  charges(ops) {
    const given = ofClients(ops, 'generate').filter(({ outcome }) => outcome === 'ok');
    const twice = given.filter((a, n) => given.slice(0, n).some((b) => same(a.answer, b.answer)));
    return twice.map(({ answer }) => ({ kind: 'duplicate-id', about: answer }));
  },
};

/** The oracle of `echo`. O(n). */
export const echoOracle: Oracle = {
  charges(ops) {
    const answered = ofClients(ops, 'echo').filter(({ outcome }) => outcome === 'ok');
    return answered.filter((op) => !same(op.value, op.answer)).map(() => ({ kind: 'wrong-echo' }));
  },
};
