/**
 * Findings and cycles as anomalies people can follow: one sentence naming promise, object and moment, and
 * the argument step by step.
 */

import type { Anomaly, Step } from '../../harness/verdict.ts';
import { greatest } from '../extent.ts';
import { instant } from '../quantiles.ts';
import { type FoundCycle, shapeOf } from './cycles.ts';
import type { Finding } from './finding.ts';
import { isAntiDependency, KIND_NAMES, PR, RT, WW } from './graph.ts';
import { VARIANTS } from './levels.ts';
import type { FindReason, Reason } from './links.ts';
import { inWords, isShown, SHOWN } from './long-circle.ts';
import { keyJson, keyWords, nameOf, opsOf, txnWords } from './txn-words.ts';
import { NEVER, type Txns } from './txns.ts';

/** A finding as an anomaly against a model. */
export function findingAnomaly(txns: Txns, finding: Finding, model: string): Anomaly {
  const { history } = txns;
  const ops = opsOf(txns, finding.txns);
  const last = finding.txns[finding.txns.length - 1]!;
  return {
    kind: finding.kind,
    sentence: `${promise(model)}, but ${finding.says} (${finding.kind}; ${momentOf(txns, last)}).`,
    certainty: 'proved',
    key: keyJson(txns, finding.key),
    ops,
    steps: finding.steps,
    fromNs: history.time(ops[0]!),
    toNs: history.time(ops[ops.length - 1]!),
    detail: { transactions: finding.txns },
  };
}

/** `Transactions were promised to be strict-serializable`, `Transactions were promised snapshot-isolation`. */
function promise(model: string): string {
  return `Transactions were promised ${model.endsWith('serializable') ? 'to be ' : ''}${model}`;
}

function momentOf(txns: Txns, t: number): string {
  const { history } = txns;
  const at = txns.ret[t] === NEVER ? txns.inv[t]! : txns.ret[t]!;
  return `process ${history.process(at)} at ${instant(history.time(at))}`;
}

/** The kind of a cycle: `G-single-realtime`. */
export function cycleKind(cycle: FoundCycle): string {
  const apart = cycle.level === 'prefix' || cycle.level === 'G-update';
  const level = apart ? shapeOf(cycle.kinds) : cycle.level;
  return cycle.variant === 0 ? level : `${level}-${VARIANTS[cycle.variant]}`;
}

/** A cycle as an anomaly; null when one of its edges cannot be justified from the history. */
export function cycleAnomaly(
  txns: Txns,
  cycle: FoundCycle,
  model: string,
  reasonOf: FindReason,
): Anomaly | null {
  const { history } = txns;
  const { length } = cycle.txns;
  const next = (i: number): number => cycle.txns[(i + 1) % length]!;
  const reasons: (Reason & { i: number })[] = [];
  const keys = new Set<number>();
  for (let i = 0; i < length; i++) {
    const to = next(i);
    const reason = anyReason(txns, cycle.kinds[i]!, cycle.txns[i]!, to, reasonOf);
    if (reason === null) return null;
    if (isShown(i, length)) reasons.push({ ...reason, i });
    if (reason.key >= 0) keys.add(reason.key);
  }
  const ops = opsOf(txns, cycle.txns);
  const name = friendlyName(cycle, reasons);
  const shown = cycle.txns.filter((_, i) => isShown(i, length));
  const last = greatest(cycle.txns);
  const steps: Step[] = reasons.map(({ i, text }) => ({ text, ops: opsOf(txns, [cycle.txns[i]!, next(i)]) }));
  const omitted = length - shown.length;
  if (omitted > 0) steps.splice(SHOWN / 2, 0, { text: `And so on, for ${omitted} more steps.`, ops: [] });
  const circle = inWords([...cycle.txns, cycle.txns[0]!].map(nameOf), ' before ');
  steps.push({
    text: `So ${circle}: no order of these transactions explains what they saw.`,
    ops: omitted > 0 ? [] : ops,
  });
  const anomaly: Anomaly = {
    kind: cycleKind(cycle),
    sentence:
      `${promise(model)}, but ${inWords(cycle.txns.map(nameOf), ', ')} on ` +
      `${inWords(
        [...keys].map((key) => keyWords(txns, key)),
        ' and ',
      )} each come before the next in a circle` +
      `${name === null ? '' : `, a ${name}`} (${cycleKind(cycle)}; ${momentOf(txns, last)}).`,
    certainty: 'proved',
    ops,
    steps,
    fromNs: history.time(ops[0]!),
    toNs: history.time(ops[ops.length - 1]!),
    detail: {
      name,
      transactions: shown.map((t) => ({ name: nameOf(t), op: txns.inv[t]!, text: txnWords(txns, t) })),
      edges: reasons.map(({ i, text }) => ({
        from: nameOf(cycle.txns[i]!),
        to: nameOf(next(i)),
        kind: KIND_NAMES[cycle.kinds[i]!]!,
        because: text,
      })),
      component: cycle.component,
      ...(cycle.smallest ? {} : { smallest: false }),
      ...(omitted > 0 ? { omitted } : {}),
    },
  };
  const [key] = keys;
  if (key !== undefined) anomaly.key = keyJson(txns, key);
  return anomaly;
}

/** Why `from` comes before `to` by an edge of this kind; null when the history does not say so. */
export function anyReason(
  txns: Txns,
  kind: number,
  from: number,
  to: number,
  reasonOf: FindReason,
): Reason | null {
  const { history } = txns;
  if (kind === RT) {
    const ret = txns.ret[from]!;
    const inv = txns.inv[to]!;
    if (ret === NEVER || ret >= inv) return null;
    const done = `${nameOf(from)} had returned at ${instant(history.time(ret))} (operation ${ret})`;
    return {
      key: -1,
      text: `${done} before ${nameOf(to)} was invoked at ${instant(history.time(inv))} (operation ${inv}).`,
    };
  }
  if (kind === PR) {
    const process = history.process(txns.inv[from]!);
    if (process !== history.process(txns.inv[to]!) || txns.ret[from]! >= txns.inv[to]!) return null;
    return { key: -1, text: `Process ${process} ran ${nameOf(from)} before ${nameOf(to)}.` };
  }
  return reasonOf(kind, from, to);
}

/** What people call this shape of cycle, or null. */
function friendlyName(cycle: FoundCycle, reasons: readonly Reason[]): string | null {
  const { kinds } = cycle;
  const rws = kinds.filter(isAntiDependency).length;
  const keys = new Set(reasons.filter((reason) => reason.key >= 0).map((reason) => reason.key));
  if (kinds.length === 2 && rws === 2 && keys.size === 2) return 'write skew';
  if (kinds.length === 2 && rws === 1) {
    if (kinds.includes(RT)) return 'stale read';
    if (kinds.includes(PR)) return 'stale read within a process';
    if (kinds.includes(WW)) return keys.size === 1 ? 'lost update' : null;
    return 'fractured read';
  }
  const wrs = kinds.filter((kind) => KIND_NAMES[kind] === 'wr').length;
  return cycle.level !== 'G2-item' && rws === 2 && wrs === kinds.length - 2 ? 'long fork' : null;
}
