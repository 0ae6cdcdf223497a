/**
 * The space-time diagram of a stretch of a stored run, from its journal of messages: of what went wrong, unless another
 * stretch is asked for. Timestamps are those of the whole run, as in its report.
 */
import type { Op } from '../../harness/op.ts';
import { UsageError } from '../../harness/registry.ts';
import { duration, moment } from '../../reports/format.ts';
import { type MessageLog, readMessages } from '../../reports/messages.ts';
import type { ReportModel } from '../../reports/model.ts';
import { remarksOf, type SpaceTime, spaceTime, type Transit } from './space-time.ts';

/** Shown before and after a witness. */
const AROUND_NS = 5e6;
/** A longer witness is shown from its end. */
const LONGEST_NS = 2e9;

/** A diagram, and the stretch it is of. */
export interface RunDiagram {
  diagram: SpaceTime;
  fromNs: number;
  toNs: number;
  /** How the stretch was chosen, in words. */
  about: string;
}

/** Which stretch is wanted: a finding by number from 1, or moments of the run. */
export interface Stretch {
  finding: number;
  fromNs: number | null;
  toNs: number | null;
}

/** The diagram; throws `UsageError` where the run has no journal or no such finding. */
export async function runDiagram(model: ReportModel, journal: string, wanted: Stretch): Promise<RunDiagram> {
  const log = await readMessages(journal);
  if (log === null || log.count === 0) {
    throw new UsageError('this run has no messages to draw', {
      file: journal,
      hint: 'backends stdio and sim journal them',
    });
  }
  const { fromNs, toNs, about, witness } = stretchOf(model, wanted);
  const ops: Op[] = [];
  for (let i = 0; i < model.history.length; i++) {
    const at = model.history.time(i);
    if (at >= fromNs && at <= toNs) ops.push(model.history.op(i));
  }
  const remarks = remarksOf(ops, witness, (process) => `c${process}`);
  const diagram = spaceTime(model.nodes, transitsOf(log), remarks, [fromNs, toNs]);
  return { diagram: stampedAsReported(diagram, log), fromNs, toNs, about };
}

function stretchOf(
  model: ReportModel,
  wanted: Stretch,
): { fromNs: number; toNs: number; about: string; witness: Set<number> } {
  const { findings, durationNs } = model;
  const finding = findings[wanted.finding - 1];
  if (wanted.fromNs !== null || wanted.toNs !== null) {
    const fromNs = wanted.fromNs ?? 0;
    const toNs = wanted.toNs ?? durationNs;
    if (fromNs >= toNs)
      throw new UsageError(`--from must lie before --to: ${duration(fromNs)} and ${duration(toNs)}`);
    return {
      fromNs,
      toNs,
      about: `${moment(fromNs)} to ${moment(toNs)}`,
      witness: new Set(finding?.anomaly.ops ?? []),
    };
  }
  if (finding === undefined) {
    const hint = 'choose a stretch: --from 2s --to 2050ms';
    if (findings.length > 0)
      throw new UsageError(`there is no finding ${wanted.finding}, only ${findings.length}`, { hint });
    throw new UsageError('nothing went wrong in this run', { hint });
  }
  const fromNs = Math.max(0, finding.fromNs - AROUND_NS, finding.toNs - LONGEST_NS);
  return {
    fromNs,
    toNs: finding.toNs + AROUND_NS,
    about: `finding ${wanted.finding}, ${finding.anomaly.kind}`,
    witness: new Set(finding.anomaly.ops),
  };
}

function transitsOf(log: MessageLog): Transit[] {
  return Array.from({ length: log.count }, (_, i) => ({
    from: log.names[log.from[i]!]!,
    to: log.names[log.to[i]!]!,
    type: log.types[log.type[i]!]!,
    sentNs: log.sentNs[i]!,
    endNs: log.endNs[i]!,
    sentOrder: log.sentOrder[i]!,
    endOrder: log.endOrder[i]!,
    fate: log.fates[log.fate[i]!]!,
  }));
}

/** Lamport timestamps that count every message, those the diagram leaves out too. */
function stampedAsReported(diagram: SpaceTime, log: MessageLog): SpaceTime {
  const at = new Map<number, number>();
  for (let i = 0; i < log.count; i++) at.set(log.endOrder[i]!, i);
  return {
    ...diagram,
    messages: diagram.messages.map((message) => {
      const i = at.get(message.endOrder)!;
      return {
        ...message,
        sent: log.sentStamp[i]!,
        received: message.received === null ? null : log.endStamp[i]!,
      };
    }),
  };
}
