/**
 * The plan for people: a few lines that say what will happen, printed before anything starts.
 */
import type { PlannedFault } from '../contracts.ts';
import type { Plan } from './plan.ts';

/** Faults listed one by one; the rest is counted. */
const LISTED = 20;

/** The plan as lines of text, without a trailing newline each. */
export function describePlan(plan: Plan): string[] {
  const { operations, faults, leftOut } = plan;
  const rate = plan.rate === 0 ? 'as fast as they answer' : `${plan.rate} operations per second`;
  const mixture = Object.entries(operations.counts)
    .map(([f, n]) => `${f} ${Math.round((100 * n) / Math.max(1, operations.sampled))} %`)
    .join(', ');
  return [
    `seed      ${plan.seed}`,
    `workload  ${plan.workload}: ${plan.concurrency} clients on ${plan.nodes.length} nodes, ${rate}, for ${seconds(plan.timeLimitMs * 1e6)}`,
    `          ${mixture === '' ? 'no client operations' : mixture} (plan digest ${operations.digest})`,
    `checkers  ${plan.checkers.map((checker) => checker.name).join(', ')}`,
    ...(faults.length === 0 ? ['faults    none'] : faultLines(faults)),
    ...leftOut.map(
      ({ what, why, fix }, i) =>
        `${i === 0 ? 'left out  ' : '          '}${what}: ${why}${fix === undefined ? '' : ` (${fix})`}`,
    ),
  ];
}

function faultLines(faults: readonly PlannedFault[]): string[] {
  const lines = faults
    .slice(0, LISTED)
    .map(
      (fault, i) =>
        `${i === 0 ? 'faults    ' : '          '}${seconds(fault.atNs).padStart(7)} to ${seconds(fault.untilNs).padStart(7)}  ${fault.id.padEnd(14)} ${fault.mode}${targetOf(fault)}`,
    );
  if (faults.length > LISTED) lines.push(`          and ${faults.length - LISTED} more`);
  return lines;
}

function targetOf({ nodes, target }: PlannedFault): string {
  if (nodes.length > 0) return ` on ${nodes.join(', ')}`;
  return typeof target === 'string' ? ` on ${target}` : '';
}

function seconds(ns: number): string {
  return `${(ns / 1e9).toFixed(1)} s`;
}
