/**
 * A simulation in words: what was done to the cluster, and how to do it again.
 */
import type { PlannedFault } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import type { Case } from '../harness/sim/case.ts';
import type { SimPlan } from './plan.ts';

/** Faults listed one by one. */
const LISTED = 8;
/** A plan longer than this is not read by anybody, and scrolls away what is. */
const MOST_CHARACTERS = 4_000;

/** Lines that say what was simulated, and how to simulate it again. */
export function originLines(plan: SimPlan, c: Case, historyHash: string): string[] {
  const { seed, nodes, ops, faults } = c;
  const head = `simulated with seed ${seed}: ${count(nodes.length, 'node')}, ${count(ops.length, 'operation')}, ${count(faults.length, 'fault')}; history hash ${historyHash}`;
  const listed = faults.slice(0, LISTED).map((fault) => `  ${faultText(fault)}`);
  if (faults.length > LISTED) listed.push(`  and ${faults.length - LISTED} more`);
  const text = JSON.stringify(plan);
  const again =
    text.length <= MOST_CHARACTERS
      ? [`again: await simulate(program, ${text})`]
      : [
          `again: await simulate(program, plan), where plan is the plan of this run (${text.length} characters)`,
        ];
  return [head, ...listed, ...again];
}

/** `120 ms to 900 ms  partition halves: n1 | n2 n3`. */
export function faultText(fault: PlannedFault): string {
  const { mode, params } = fault;
  const from = Math.round(fault.atNs / 1e6);
  const to = Math.round(fault.untilNs / 1e6);
  const whom = whomOf(fault);
  const how = Object.entries(params)
    .filter(([name, value]) => !DERIVED.has(name) && value !== null && value !== false)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const more = how.length === 0 ? '' : ` (${how.join(', ')})`;
  return `${from} ms to ${to} ms  ${fault.fault} ${mode}${whom === '' ? '' : `: ${whom}`}${more}`;
}

/** Parameters that say in other words what else is shown, or what was drawn from. */
const DERIVED = new Set(['groups', 'cuts', 'minMs', 'maxMs', 'minPpm', 'maxPpm']);

function whomOf({ nodes, target, params }: PlannedFault): string {
  const { groups, cuts } = params as { groups?: Json; cuts?: Json };
  if (Array.isArray(groups)) return groups.map((group) => (group as string[]).join(' ')).join(' | ');
  if (Array.isArray(cuts) && cuts.length > 0) {
    return cuts.map((cut) => (cut as string[]).join(' to ')).join(', ');
  }
  if (nodes.length > 0) return nodes.join(' ');
  return typeof target === 'string' ? target : '';
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
