/**
 * The first thing a run prints, before anything can fail: what will run, from which seed, what will be done to
 * it, what will not, and where it all goes.
 */
import type { PlanReady } from '../../harness/events.ts';
import { counted } from '../format.ts';
import { type Line, type Span, span } from './style.ts';
import { wrap } from './text.ts';

/** Lines of the header. */
export function headerLines(plan: PlanReady, columns: number): Line[] {
  const lines: Line[] = [
    ...rows(`faultline ${plan.command}`, titleOf(plan), columns, 'strong'),
    ...rows('seed', seedOf(plan), columns),
    ...rows('plan', planOf(plan), columns),
  ];
  for (const skipped of plan.skipped) {
    const fix = skipped.fix === undefined ? '' : ` (${skipped.fix})`;
    lines.push(...rows('skipped', `${skipped.what}: ${skipped.reason}${fix}`, columns, 'warn'));
  }
  if (plan.expectation !== undefined) lines.push(...rows('expected', plan.expectation, columns));
  lines.push([span('out'.padEnd(LABEL), 'dim'), span(plan.folder)], []);
  return lines;
}

const LABEL = 11;

function rows(label: string, text: string, columns: number, tone: Span['tone'] = 'plain'): Line[] {
  const width = Math.max(LABEL, label.length + 3);
  return wrap(text, Math.max(20, columns - width)).map((part, i) => [
    span((i === 0 ? label : '').padEnd(width), tone === 'strong' ? 'strong' : 'dim'),
    span(part, tone),
  ]);
}

function titleOf(plan: PlanReady): string {
  const faults = plan.nemeses.length === 0 ? 'no faults' : plan.nemeses.join(',');
  const bugs = plan.bugs.length === 0 ? '' : ` (${plan.bugs.join(', ')})`;
  const backend = plan.simulated && plan.backend !== 'sim' ? `${plan.backend} on virtual time` : plan.backend;
  return `${plan.workload} × ${faults}   ${plan.system}${bugs}, ${counted(plan.nodes.length, 'node')}, ${backend}`;
}

function seedOf(plan: PlanReady): string {
  const source = plan.seedSource === undefined ? '' : ` ${plan.seedSource};`;
  const means =
    plan.simulated === true
      ? 'same seed, same run'
      : 'same seed, same plan; a real cluster answers in its own time';
  return `${plan.seed}  ${source} ${means}`;
}

function planOf(plan: PlanReady): string {
  const rate = plan.ratePerSecond === undefined ? 'as fast as it goes' : `at ${plan.ratePerSecond}/s`;
  const kinds = new Map<string, number>();
  for (const fault of plan.faults) kinds.set(fault.fault, (kinds.get(fault.fault) ?? 0) + 1);
  const faults = [...kinds].map(([fault, n]) => counted(n, fault, plural(fault)));
  const settle = plan.settleMs === undefined ? '' : ` and ${seconds(plan.settleMs)} to settle`;
  const load = `${seconds(plan.loadMs)} load by ${counted(plan.concurrency, 'client')} ${rate}`;
  return `${[load, ...faults].join(', ')}, then heal${settle}`;
}

function plural(noun: string): string {
  return /(s|x|ch)$/.test(noun) ? noun : /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

/** `10 s`, `1.5 s`. */
export function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}
