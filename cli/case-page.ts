/**
 * A failing case on one page: what is left of it, what happened in it, what is wrong with that, and when it could
 * no longer be avoided.
 */
import type { Json, Op } from '../harness/op.ts';
import type { Case, CaseOp } from '../harness/sim/case.ts';
import type { CaseFault, Trigger } from '../harness/sim/triggers.ts';
import type { Inevitability } from '../search/inevitability.ts';
import { type Share, shareText } from '../search/interval.ts';
import type { Finding } from '../search/scenario.ts';

/** What the page is about. */
export interface CasePage {
  case: Case;
  /** Operations of the run as they happened. */
  ops: readonly Op[];
  finding: Finding;
  curve: Inevitability | null;
  /** How often it fails, on a real cluster. */
  share?: Share;
}

const MOST_LINES = 24;

/** The page as lines of text. */
export function casePage({ case: c, ops, finding, curve, share }: CasePage): string[] {
  const bugs = c.bugs.length > 0 ? `, bugs ${c.bugs.join(', ')}` : '';
  const settings = Object.entries(c.settings).map(([name, value]) => `${name}=${value}`);
  return [
    `✖ ${finding.checker}: ${finding.kind}`,
    `  ${finding.anomaly.sentence}`,
    ...finding.anomaly.steps.map((step) => `  because  ${step.text}`),
    '',
    `case       ${c.nodes.length} nodes (${c.nodes.join(' ')}), seed ${c.seed}${bugs}${settings.length > 0 ? `, ${settings.join(', ')}` : ''}`,
    ...section('faults', [...c.faults].sort((a, b) => a.atNs - b.atNs).map(faultLine)),
    ...section('operations', [...c.ops].sort((a, b) => a.atNs - b.atNs).map(opLine)),
    ...section('history', historyLines(ops, finding)),
    ...(curve === null ? [] : curveLines(curve, c.faults)),
    ...(share === undefined ? [] : section('fails', [shareText(share)])),
  ];
}

function section(name: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [`${name.padEnd(10)} none`];
  const shown = lines.slice(0, MOST_LINES);
  if (lines.length > shown.length) shown.push(`... and ${lines.length - shown.length} more`);
  return shown.map((line, i) => `${(i === 0 ? name : '').padEnd(10)} ${line}`);
}

/** A fault on one line. */
export function faultLine(fault: CaseFault): string {
  if (fault.when !== undefined) return waitingLine(fault, fault.when);
  const whom = fault.nodes.length > 0 ? fault.nodes.join(' ') : String(fault.target);
  const cuts = fault.params['cuts'];
  const cut = Array.isArray(cuts) && cuts.length > 0 ? `, cuts ${cuts.map(cutText).join(' ')}` : '';
  return `${seconds(fault.atNs)} to ${seconds(fault.untilNs)}  ${fault.fault}:${fault.mode} ${whom}${cut}`;
}

/** A fault that waits for its moment. */
function waitingLine({ fault, mode, atNs, untilNs, nodes }: CaseFault, when: Trigger): string {
  const lasts = `for ${((untilNs - atNs) / 1e6).toFixed(0)} ms`;
  const whom = nodes.length > 0 ? nodes.join(' ') : 'there';
  return `${momentText(when)}  ${fault}:${mode} ${whom}, ${lasts}`;
}

/** `1.0 ms after append is sent for the 3rd time`. */
export function momentText({ on, name, nth, afterNs }: Trigger): string {
  const what = on === 'reached' ? `${name} is reached` : `${name} is ${on}`;
  const after = afterNs === 0 ? 'when' : `${(afterNs / 1e6).toFixed(1)} ms after`;
  return `${after} ${what}${nth === 1 ? '' : ` for the ${ordinal(nth)} time`}`;
}

function ordinal(n: number): string {
  const tail = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${tail}`;
}

function cutText(cut: Json): string {
  return Array.isArray(cut) ? cut.join('>') : String(cut);
}

/** An operation of a case on one line. */
export function opLine({ atNs, client, f, key, value, node }: CaseOp): string {
  return `${seconds(atNs)}  client ${client}${node === undefined ? '' : ` at ${node}`}  ${callText(f, key, value)}`;
}

function callText(f: string, key: Json | undefined, value: Json): string {
  const on = key === undefined ? '' : ` key ${JSON.stringify(key)}`;
  return `${f}${on}${value === null ? '' : ` ${JSON.stringify(value)}`}`;
}

/** Client operations and faults as they happened, and of observations those the failure rests on. */
export function historyLines(ops: readonly Op[], { anomaly }: Finding): string[] {
  const witness = new Set(anomaly.ops);
  return ops
    .filter(
      (op) =>
        witness.has(op.index) ||
        typeof op.process === 'number' ||
        (String(op.process).startsWith('nemesis') && op.type === 'ok'),
    )
    .map((op) => {
      const mark = witness.has(op.index) ? '*' : ' ';
      const nemesis = String(op.process).startsWith('nemesis');
      const nodes = nemesis ? ((op.value as { nodes?: string[] })?.nodes ?? []).join(' ') : '';
      const what = nemesis ? `${op.f} ${nodes}` : callText(op.f, op.key, op.value);
      const who = typeof op.process === 'number' ? `process ${op.process}` : String(op.process);
      const where = op.node === undefined ? '' : ` ${op.node}`;
      return `${mark} ${seconds(op.time)}  ${who.padEnd(12)}${where}  ${op.type.padEnd(6)} ${what}`;
    });
}

/** The curve as bars, with a sentence. */
export function curveLines(curve: Inevitability, faults: readonly CaseFault[]): string[] {
  if (curve.always) return section('certainty', [curveSentence(curve, faults)]);
  const bars = curve.points.map(
    ({ atNs, share }) =>
      `${seconds(atNs)}  ${String(Math.round(share * 100)).padStart(3)} %  ${'#'.repeat(Math.round(share * 30))}`,
  );
  return [...section('certainty', bars), `${''.padEnd(10)} ${curveSentence(curve, faults)}`];
}

function curveSentence({ always, fromNs, futures }: Inevitability, faults: readonly CaseFault[]): string {
  const how = `(same past, ${futures} other futures from each time)`;
  if (always) return `unavoidable from the start: nine in ten seeds show it ${how}`;
  if (fromNs === null) return `never certain before it happened ${how}`;
  const during = faults.filter((fault) => fault.atNs <= fromNs && fromNs <= fault.untilNs);
  const ended = faults.filter((fault) => fault.untilNs < fromNs).sort((a, b) => b.untilNs - a.untilNs)[0];
  const when =
    during.length > 0
      ? `, during ${during.map((fault) => fault.id).join(', ')}`
      : ended === undefined
        ? ''
        : `, ${((fromNs - ended.untilNs) / 1e6).toFixed(0)} ms after ${ended.id} ended`;
  return `unavoidable from ${seconds(fromNs).trim()}${when} ${how}`;
}

/** `  1.234 s`. */
export function seconds(ns: number): string {
  return `${(ns / 1e9).toFixed(3).padStart(7)} s`;
}
