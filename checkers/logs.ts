/**
 * Logs: lines in which a node says that it crashed or found corruption. Checkers read no files, so the run
 * hands in the lines that matched the system's patterns.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import type { Anomaly, CheckerResult } from '../harness/verdict.ts';
import type { Checker } from './contract.ts';
import { OptionError } from './options.ts';

const MAX_ANOMALIES = 10;
const EXCERPT = 200;

/** A line of a node's log that matched a crash pattern; `line` counts from 1. */
export interface LogLine {
  node: string;
  line: number;
  text: string;
}

/** Judges the matching lines of the option `lines`: any of them fails the run. */
export function logs(options: CheckerOptions): CheckerResult {
  const lines = logLines(options['lines']);
  const perNode: Record<string, Json> = {};
  for (const { node } of lines) perNode[node] = ((perNode[node] as number | undefined) ?? 0) + 1;
  const anomalies = lines.slice(0, MAX_ANOMALIES).map(anomalyOf);
  const stats = { lines: lines.length, perNode };
  if (lines.length === 0) return { verdict: 'pass', anomalies, stats };
  return { verdict: 'fail', anomalies, anomalyCount: lines.length, stats };
}

function logLines(given: Json | undefined): LogLine[] {
  if (given === undefined || given === null) return [];
  const expected = 'a list of {node, line, text}';
  if (!Array.isArray(given)) throw new OptionError('lines', expected, given);
  return given.map((item) => {
    const { node, line, text } = (item ?? {}) as Record<string, Json | undefined>;
    if (typeof node !== 'string' || typeof line !== 'number' || typeof text !== 'string') {
      throw new OptionError('lines', expected, item);
    }
    return { node, line, text };
  });
}

function anomalyOf({ node, line, text }: LogLine): Anomaly {
  const excerpt = text.length > EXCERPT ? `${text.slice(0, EXCERPT)}...` : text;
  return {
    kind: 'crash-in-log',
    sentence: `Nodes were promised not to crash by themselves, but ${node} logged on line ${line}: ${excerpt}`,
    certainty: 'proved',
    ops: [],
    steps: [{ text: `${node}, line ${line}: ${excerpt}`, ops: [] }],
    detail: { node, line, text },
  };
}

/** The `logs` checker. */
export const logsChecker: Checker = {
  name: 'logs',
  summary: 'no node logged a crash or corruption',
  options: {
    lines: {
      summary: 'lines that matched crash patterns: [{node, line, text}], given by the run',
      default: [],
    },
  },
  reads: {},
  anomalies: {
    'crash-in-log': 'a node logged a crash or corruption',
  },
  check: (_history, options) => logs(options),
};
