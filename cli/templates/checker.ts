/**
 * The checker that `faultline new checker` writes.
 */

/** Its module. */
export function checkerModule(name: string, typed: boolean): string {
  return `/**
 * A pure function from a history to a verdict: no client may see a set shrink that only grows.
 * \`faultline kit\` holds it to its contract, \`faultline describe ${name}\` shows what it says of itself.
 */
import { defineChecker, defineKit } from 'faultline/plugin';

export default defineChecker({
  name: '${name}',
  summary: 'no client sees a set shrink',
  options: {},
  reads: { read: 'read -> [v...]' },
  anomalies: { 'shrunk-set': 'a read that lacks what the same client had read before' },
  check(history) {
    const reads = [...history.select({ f: 'read', type: 'ok', by: 'clients' })];
    const anomalies = [];
    const before = new Map();
    for (const i of reads) {
      const process = history.process(i);
      const elements = Array.isArray(history.value(i)) ? history.value(i) : [];
      const seen = new Set(JSON.parse(JSON.stringify(elements)));
      const earlier = before.get(process);
      // Only what is proved: both reads were answered, and to the same client.
      const gone = earlier === undefined ? undefined : [...earlier.seen].find((one) => !seen.has(one));
      if (gone !== undefined) {
        anomalies.push({
          kind: 'shrunk-set',
          sentence: \`A set only grows, but process \${process} read \${gone} and later did not.\`,
          certainty: 'proved'${typed ? ' as const' : ''},
          ops: [earlier.i, i],
          steps: [
            { text: \`Process \${process} read \${gone}.\`, ops: [earlier.i] },
            { text: 'Later it read the set without it.', ops: [i] },
          ],
          fromNs: history.time(earlier.i),
          toNs: history.time(i),
        });
      }
      before.set(process, { i, seen });
    }
    const stats = { reads: reads.length, clients: before.size };
    if (anomalies.length > 0) {
      return { verdict: 'fail', anomalies: anomalies.slice(0, 10), anomalyCount: anomalies.length, stats };
    }
    if (reads.length > 0) return { verdict: 'pass', anomalies: [], stats };
    return { verdict: 'vacuous', anomalies: [], stats, note: 'no read was answered' };
  },
});

${KIT}`;
}

const KIT = `/** For the kit: histories in which nothing is wrong, and such in which something is. */
export const kit = defineKit({
  legal: {
    'a set that grows': [
      { process: 0, type: 'invoke', f: 'read', value: null },
      { process: 0, type: 'ok', f: 'read', value: [1] },
      { process: 0, type: 'invoke', f: 'read', value: null },
      { process: 0, type: 'ok', f: 'read', value: [1, 2] },
    ],
    'two clients, of which one is behind': [
      { process: 0, type: 'invoke', f: 'read', value: null },
      { process: 0, type: 'ok', f: 'read', value: [1, 2] },
      { process: 1, type: 'invoke', f: 'read', value: null },
      { process: 1, type: 'ok', f: 'read', value: [1] },
    ],
  },
  planted: {
    'an element that is gone': {
      kind: 'shrunk-set',
      history: [
        { process: 0, type: 'invoke', f: 'read', value: null },
        { process: 0, type: 'ok', f: 'read', value: [1, 2] },
        { process: 0, type: 'invoke', f: 'read', value: null },
        { process: 0, type: 'ok', f: 'read', value: [2] },
      ],
    },
  },
});
`;
