/**
 * Two runs side by side: what was run, how it ended, what operations and faults came to. Pure; only what differs
 * matters, so each row says whether it does.
 */
import { OK } from '../harness/history/history.ts';
import { duration, percent } from './format.ts';
import type { ReportModel } from './model.ts';

/** One thing both runs have a value of; `''` where a run has none. */
export interface ComparedRow {
  what: string;
  a: string;
  b: string;
  differs: boolean;
}

/** Rows on one subject. */
export interface ComparedPart {
  title: string;
  rows: ComparedRow[];
}

/** Both runs. */
export interface RunComparison {
  parts: ComparedPart[];
  /** Other verdict, or other kinds of anomalies: what an exit code is about. */
  outcomeDiffers: boolean;
}

type Values = Map<string, string>;

/** Compares run `a` with run `b`. O(n log n) in the length of both histories. */
export function compareRuns(a: ReportModel, b: ReportModel): RunComparison {
  const parts = [
    part('run', described(a), described(b)),
    part('outcome', outcome(a), outcome(b)),
    part('operations', operations(a), operations(b)),
    part('faults', faults(a), faults(b)),
    part('environment', environment(a), environment(b)),
  ];
  const said = parts[1]!.rows.filter(({ what }) => !what.startsWith('gate '));
  return { parts, outcomeDiffers: said.some(({ differs }) => differs) };
}

/** Values of both by name, in the order in which either has them. */
function part(title: string, a: Values, b: Values): ComparedPart {
  const names = [...new Set([...a.keys(), ...b.keys()])];
  const rows = names.map((what): ComparedRow => {
    const [left, right] = [a.get(what) ?? '', b.get(what) ?? ''];
    return { what, a: left, b: right, differs: left !== right };
  });
  return { title, rows };
}

function described(run: ReportModel): Values {
  return new Map([
    ['name', run.name],
    ['system', run.system],
    ['bugs', run.bugs.join(', ')],
    ['workload', run.workload],
    ['nemeses', run.nemeses.join(', ')],
    ['backend', run.backend],
    ['nodes', run.nodes.join(' ')],
    ['clients', String(run.concurrency ?? '')],
    ['seed', run.seed],
  ]);
}

function outcome(run: ReportModel): Values {
  const values: Values = new Map([['verdict', run.verdict]]);
  for (const { name, verdict, anomalies } of run.checkers) {
    const kinds = [...new Set(anomalies.map(({ kind }) => kind))].sort();
    values.set(`checker ${name}`, kinds.length === 0 ? verdict : `${verdict}: ${kinds.join(', ')}`);
  }
  for (const { name, holds } of run.gates) values.set(`gate ${name}`, holds ? 'holds' : 'does not hold');
  return values;
}

function operations(run: ReportModel): Values {
  const { counts, messages } = run;
  const values: Values = new Map([
    ['operations', String(counts.total)],
    ['ok', percent(counts.ok, counts.total)],
    ['failed', percent(counts.fail, counts.total)],
    ['ambiguous', percent(counts.info + counts.open, counts.total)],
  ]);
  for (const { kind, count } of counts.errors) values.set(`error ${kind}`, String(count));
  for (const [name, ns] of latencies(run)) values.set(name, duration(ns));
  if (messages?.serversPerOp != null)
    values.set('messages between servers per operation', messages.serversPerOp.toFixed(2));
  return values;
}

/** Quantiles of the time acknowledged operations of clients took. */
function latencies({ history }: ReportModel): [string, number][] {
  const { types, processes, pairs } = history.columns;
  const took: number[] = [];
  for (let i = 0; i < history.length; i++) {
    if (types[i] !== OK || processes[i]! < 0 || pairs[i]! < 0) continue;
    took.push(history.time(i) - history.time(pairs[i]!));
  }
  if (took.length === 0) return [];
  took.sort((x, y) => x - y);
  const at = (q: number): number => took[Math.min(took.length - 1, Math.floor(q * took.length))]!;
  return [
    ['median', at(0.5)],
    ['99th percentile', at(0.99)],
    ['longest', took.at(-1)!],
  ];
}

function faults(run: ReportModel): Values {
  const values: Values = new Map();
  for (const kind of [...new Set(run.faults.map(({ fault }) => fault))].sort()) {
    const own = run.faults.filter(({ fault }) => fault === kind);
    const installed = own.filter(({ state }) => state === 'installed').length;
    const bit = own.filter((fault) => fault.bit === true).length;
    values.set(kind, `${installed} of ${own.length} installed, ${bit} shown to bite`);
  }
  return values;
}

function environment(run: ReportModel): Values {
  return new Map(run.environment.map(({ name, value }) => [name, value]));
}
