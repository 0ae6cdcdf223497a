/**
 * Broadcast: every value at every node.
 */
import { type Charge, jsonOf, listReads, type Oracle, ofClients, repeated, textOf } from './plain.ts';

/** The oracle of `broadcast`. O(values * reads). */
export const broadcastOracle: Oracle = {
  excuses: ['broadcast'],
  light: true,
  charges(ops, options) {
    const sends = ofClients(ops, 'broadcast');
    const reads = listReads(ops).map(({ op, list }) => ({ op, list, has: new Set(list) }));
    const charges: Charge[] = [];
    for (const { op, list, has } of reads) {
      for (const value of repeated(list)) charges.push({ kind: 'duplicated-value', about: jsonOf(value) });
      for (const value of has) {
        const mine = sends.filter((send) => textOf(send.value) === value);
        const possible = mine.filter(({ outcome }) => outcome !== 'fail');
        if (possible.some(({ at }) => at < op.done)) continue;
        const kind = possible.length === 0 && mine.length > 0 ? 'aborted-read' : 'phantom-value';
        charges.push({ kind, about: jsonOf(value) });
      }
    }
    for (const node of new Set(reads.map(({ op }) => op.node))) {
      const last = reads.filter(({ op }) => op.node === node).at(-1)!;
      if (!last.op.final) continue;
      for (const send of sends) {
        const missing = send.outcome === 'ok' && send.done < last.op.at && !last.has.has(textOf(send.value));
        if (missing) charges.push({ kind: 'lost-value', about: send.value });
      }
    }
    const [messages, limit] = [options['messages'], options['maxMessagesPerOp']];
    const calls = ofClients(ops, 'broadcast', 'read').filter(({ outcome }) => outcome !== 'fail').length;
    if (typeof messages === 'number' && typeof limit === 'number' && messages > limit * calls) {
      charges.push({ kind: 'too-many-messages' });
    }
    return charges;
  },
};
