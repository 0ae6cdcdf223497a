/**
 * Agreement: nodes are given proposals and asked what was decided, instance by instance, and what they told each
 * other. The promise: correct nodes decide alike and only what they may, whatever Byzantine nodes do.
 */

import type { Draws } from '../harness/generator/draws.ts';
import { drawn, forEachThread, type OpTemplate } from '../harness/generator/index.ts';
import type { Workload, WorkloadContext } from '../harness/workload.ts';

/** Of so many operations of a client one is a proposal. */
const PERIOD = 5;
/** Share of the other operations that ask a node what it told another. */
const SAYINGS = 0.25;
/** A client asks for decisions up to so many instances ago. */
const PAST = 4;

/** The n-th operation of one client. */
function operation(context: WorkloadContext, thread: number, n: number, draws: Draws): OpTemplate {
  const { nodes, concurrency, operations, consensus } = context;
  const together = consensus?.proposers === 'many';
  const nodeOf = (each: number): string => nodes[each % nodes.length]!;
  const instance = (of: number, round: number): string =>
    together ? `${round}` : `${nodeOf(of)}/${of}.${round}`;
  const round = Math.floor(n / PERIOD);
  if (n % PERIOD === 0) {
    const value = together ? `${thread}.${round}` : draws.chance(0.5) ? 'attack' : 'retreat';
    return { f: 'propose', key: instance(thread, round), value };
  }
  const past = Math.max(0, round - draws.int(0, PAST));
  const key = instance(draws.int(0, concurrency - 1), past);
  if (!operations.includes('say') || !draws.chance(SAYINGS)) return { f: 'decide', key };
  const others = nodes.filter((node) => node !== nodeOf(thread));
  // A node knows best what it said as commander.
  const own = draws.chance(0.5) ? instance(thread, past) : key;
  return others.length === 0
    ? { f: 'decide', key }
    : { f: 'say', key: own, value: { to: draws.pick(others) } };
}

/** The `agreement` workload. */
export const agreement: Workload = {
  name: 'agreement',
  summary:
    'nodes are given proposals and asked what was decided: traitors that part the others or turn an order',
  needs: ['propose', 'decide'],
  uses: ['say'],
  options: {},
  build(_, context) {
    const faulty = [...(context.consensus?.faulty ?? [])];
    const nodes = context.nodes.length;
    const validity = context.consensus?.validity ?? 'anyone';
    const sayings = context.operations.includes('say') ? [{ name: 'equivocation', options: { faulty } }] : [];
    return {
      generator: forEachThread((thread) =>
        drawn(context.seed.fork('client', String(thread)), (draws, n) =>
          operation(context, Number(thread), n, draws),
        ),
      ),
      checkers: [
        { name: 'agreement', options: { faulty, validity, nodes, repeats: 'allow' } },
        ...sayings,
        { name: 'stats', options: {} },
      ],
    };
  },
};
