/**
 * How messages grow: every growth fitted anew, by the normal equations over the plain sums.
 */
import type { Json } from '../../harness/op.ts';
import { field, happened, type Oracle } from './plain.ts';

const GROWTHS: readonly [name: string, g: (n: number) => number][] = [
  ['linear', (n) => n],
  ['n-log-n', (n) => n * Math.log2(n)],
  ['quadratic', (n) => n ** 2],
  ['cubic', (n) => n ** 3],
];

type Sample = [nodes: number, messages: number];

/** The oracle of `message-complexity`. O(samples). */
export const messageComplexityOracle: Oracle = {
  about: () => undefined,
  charges(ops, options) {
    const expected = GROWTHS.findIndex(([name]) => name === options['expect']);
    const given = Array.isArray(options['samples']) ? options['samples'] : [];
    const counted = ops.filter((op) => op.f === 'election' && happened(op)).map(({ said }) => said);
    const samples = [...given, ...counted].flatMap(sampleOf);
    const sizes = new Set(samples.map(([nodes]) => nodes));
    if (expected < 0 || sizes.size < 4) return [];
    const offs = GROWTHS.map(([, g]) => off(samples, g));
    const best = Math.min(...offs);
    const within = Math.min(...offs.slice(0, expected + 1));
    const faster = offs.indexOf(best) > expected && within >= 0.0099 && within >= 2.99 * best;
    return faster ? [{ kind: 'too-many-messages' }] : [];
  },
};

function sampleOf(value: Json): Sample[] {
  const [nodes, messages] = [field(value, 'nodes'), field(value, 'messages')];
  if (typeof nodes !== 'number' || typeof messages !== 'number') return [];
  return Number.isInteger(nodes) && nodes >= 1 && messages >= 0 ? [[nodes, messages]] : [];
}

/** By how much the best `a + b g(n)` misses, as a part of the mean. */
function off(samples: readonly Sample[], g: (n: number) => number): number {
  const sum = (of: (sample: Sample) => number): number => samples.reduce((all, each) => all + of(each), 0);
  const count = samples.length;
  const [x, y] = [sum(([n]) => g(n)), sum(([, messages]) => messages)];
  const [xx, xy] = [sum(([n]) => g(n) ** 2), sum(([n, messages]) => g(n) * messages)];
  const b = (count * xy - x * y) / (count * xx - x * x);
  const a = (y - b * x) / count;
  const squares = sum(([n, messages]) => (messages - a - b * g(n)) ** 2);
  return Math.sqrt(squares / count) / (y === 0 ? 1 : y / count);
}
