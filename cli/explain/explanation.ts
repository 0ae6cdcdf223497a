/**
 * A reduced case explained on one page of Markdown: what is wrong, the case in words, what happened, who sent what
 * to whom, and when it could no longer be avoided. The picture of the diagram stands beside it.
 */
import { basename } from 'node:path';
import type { Op } from '../../harness/op.ts';
import type { Case, CaseOp } from '../../harness/sim/case.ts';
import type { CaseFault } from '../../harness/sim/triggers.ts';
import { FAULTS } from '../../nemesis/index.ts';
import type { Inevitability } from '../../search/inevitability.ts';
import { type Share, shareText } from '../../search/interval.ts';
import type { Finding } from '../../search/scenario.ts';
import { curveLines, historyLines, momentText, seconds } from '../case-page.ts';
import { remarksOf, spaceTime, type Transit } from './space-time.ts';
import { spaceTimeSvg } from './space-time-svg.ts';
import { spaceTimeText } from './space-time-text.ts';

/** What is explained. */
export interface Explained {
  name: string;
  about: string;
  program: string;
  case: Case;
  ops: readonly Op[];
  finding: Finding;
  /** Null: nobody wrote the messages down, as on tcp. */
  messages: readonly Transit[] | null;
  /** When the load began, ns: times of the case count from there. */
  loadFromNs: number;
  shownNs: number;
  curve: Inevitability | null;
  /** How often it failed, on a real cluster; null in the simulator. */
  share: Share | null;
  /** The command that carries it out again. */
  again: string;
}

const MOST_WORDS = 30;
const MOST_HISTORY = 40;

/** The page, and the picture it shows; `picture` is the name of the file the picture will have. */
export function explanation(what: Explained, picture: string): { markdown: string; svg: string | null } {
  const { name, about, case: c, finding, curve, share, again } = what;
  const { anomaly } = finding;
  const diagram = diagramOf(what);
  const lines = [
    `# ${name}`,
    '',
    `**${finding.checker}: ${finding.kind}.** ${anomaly.sentence}`,
    ...(anomaly.steps.length === 0 ? [] : ['', ...anomaly.steps.map((step) => `- ${step.text}`)]),
    '',
    '## The case',
    '',
    ...words(what),
    '',
    '## What happened',
    '',
    'What the failure rests on is marked `*`.',
    '',
    ...code(clipped(historyLines(what.ops, finding), MOST_HISTORY)),
    '',
    '## Messages',
    '',
    ...(diagram === null
      ? ['This backend carries connections and writes down no messages.']
      : [
          'Time goes down; every row is a message at the end of its way, `3 → 5` the Lamport timestamps of its send and its receipt.',
          '',
          ...code(spaceTimeText(diagram)),
          '',
          `![space-time diagram](${basename(picture)})`,
        ]),
    '',
    '## How sure it is',
    '',
    ...(curve === null ? [] : code(curveLines(curve, c.faults))),
    ...(share === null
      ? []
      : [share.of === 0 ? 'Not yet estimated.' : `It failed in ${shareText(share)} (interval of 95 %).`]),
    ...(curve === null && share === null ? ['Not asked for.'] : []),
    '',
    '## Again',
    '',
    ...code([again]),
    '',
    `From: ${about}.`,
    '',
  ];
  return { markdown: lines.join('\n'), svg: diagram === null ? null : spaceTimeSvg(diagram) };
}

/** From the first thing that is asked or hurt to the failure. */
function diagramOf({
  case: c,
  ops,
  finding,
  messages,
  loadFromNs,
  shownNs,
  share,
}: Explained): ReturnType<typeof spaceTime> | null {
  if (messages === null) return null;
  const witness = new Set(finding.anomaly.ops);
  const first = Math.min(shownNs, ...c.ops.map((op) => op.atNs), ...c.faults.map((fault) => fault.atNs));
  // On a real network a client has a name of its own, given when it first asks.
  const clientName = (process: number): string => (share === null ? `c${process}` : `process ${process}`);
  const span: [number, number] = [Math.max(0, first + loadFromNs - 50e6), shownNs + loadFromNs + 1e6];
  return spaceTime(c.nodes, messages, remarksOf(ops, witness, clientName), span);
}

function words({ program, case: c }: Explained): string[] {
  const bugs = c.bugs.length > 0 ? ` with the bug ${c.bugs.map((bug) => `\`${bug}\``).join(', ')}` : '';
  const clients = new Set(c.ops.map((op) => op.client)).size;
  const sum = [
    `${counted(c.nodes.length, 'node')} of ${program}${bugs}`,
    `workload ${c.workload}`,
    c.ops.length === 0
      ? 'nobody asks anything'
      : `${counted(c.ops.length, 'operation')} of ${counted(clients, 'client')}`,
    c.faults.length === 0 ? 'no fault' : counted(c.faults.length, 'fault'),
  ];
  const events = [
    ...c.faults.map((fault) => ({ atNs: fault.atNs, text: faultWords(fault) })),
    ...c.ops.map((op) => ({ atNs: op.atNs, text: opWords(op, c) })),
  ].sort((a, b) => a.atNs - b.atNs);
  return [
    `${sum.join(', ')}.`,
    '',
    ...clipped(
      events.map(({ atNs, text }) => `- At ${seconds(atNs).trim()} ${text}.`),
      MOST_WORDS,
    ),
  ];
}

function faultWords({ id, fault, mode, nodes, target, atNs, untilNs, when }: CaseFault): string {
  const modes = (
    FAULTS as Readonly<Record<string, { modes: Readonly<Record<string, { summary: string }>> }>>
  )[fault]?.modes;
  const whom = nodes.length > 0 ? nodes.join(', ') : target === 'leader' ? 'whoever leads' : String(target);
  const how = modes?.[mode]?.summary ?? mode;
  if (when !== undefined) {
    const lasts = `for ${((untilNs - atNs) / 1e6).toFixed(0)} ms`;
    return `${id} waits: ${momentText(when)}, it begins on the node where that happens, ${lasts}: ${fault} (${how})`;
  }
  return `${id} begins on ${whom}, until ${seconds(untilNs).trim()}: ${fault} (${how})`;
}

function opWords({ client, f, key, value, node }: CaseOp, c: Case): string {
  const on = key === undefined ? '' : `, key ${JSON.stringify(key)}`;
  const what = value === null ? '' : ` ${JSON.stringify(value)}`;
  return `client ${client} asks ${node ?? c.nodes[client % c.nodes.length]}: ${f}${what}${on}`;
}

function clipped(lines: string[], most: number): string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `... and ${lines.length - most} more`];
}

function code(lines: readonly string[]): string[] {
  return ['```text', ...lines, '```'];
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
