/**
 * Witnesses: the few transactions that show a violation without the rest of the history. Each is judged again as
 * a history of its own, made as small as it will go, and confirmed by a judge that shares no code with this one.
 */
import { historyOf } from '../../harness/history/builder.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json, Op } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';
import { type Claim, confirms } from './naive.ts';
import type { Support } from './support.ts';
import { opsOf } from './txn-words.ts';
import { COMMITTED, type Txns } from './txns.ts';

/** A violation and its transactions. */
export interface Suspect {
  anomaly: Anomaly;
  txns: readonly number[];
}

/** Violations of each kind that are made small; others keep their own transactions. */
const SHRUNK_PER_KIND = 3;
/** Transactions of a witness, and elements read, beyond which it is left as it is. */
const MAX_TXNS = 64;
const MAX_SOURCES = 4096;
/** Operations in all parts that are judged; violations after that are shown as they are. */
const MAX_JUDGED = 200_000;

/** Judges a history as the one at hand is judged, without making witnesses. */
export type JudgeAgain = (history: History) => Pick<CheckerResult, 'verdict' | 'anomalies'>;

/**
 * Gives violations their witnesses, and leaves out what the other judge does not confirm: that would be a fault
 * of the checker. `refuted` counts those.
 */
export function withWitnesses(
  txns: Txns,
  suspects: readonly Suspect[],
  support: Support,
  judge: JudgeAgain,
): { anomalies: Anomaly[]; refuted: number } {
  const taken = new Map<string, number>();
  const chosen = suspects.filter(({ anomaly, txns: own }) => {
    const count = taken.get(anomaly.kind) ?? 0;
    taken.set(anomaly.kind, count + 1);
    return count < SHRUNK_PER_KIND && own.length <= MAX_TXNS;
  });
  const others = support(chosen.map((suspect) => suspect.txns));
  const refused = new Set<Suspect>();
  let judged = 0;
  const counting: JudgeAgain = (history) => {
    judged += history.length;
    return judge(history);
  };
  for (const [i, suspect] of chosen.entries()) {
    if (judged > MAX_JUDGED) break;
    const { part, denied } = shrunk(txns, suspect, others[i]!, counting);
    if (part !== null) suspect.anomaly.ops = opsOf(txns, part.members);
    else if (denied) refused.add(suspect);
  }
  const kept = suspects.filter((suspect) => !refused.has(suspect));
  return { anomalies: kept.map(({ anomaly }) => anomaly), refuted: refused.size };
}

/** Some transactions as a history of their own. */
interface Part {
  members: readonly number[];
  history: History;
  /** Where each operation of it is in the whole history. */
  positions: readonly number[];
}

/**
 * The smallest part that shows the same and is confirmed, or null when none was found. `denied`: with all there
 * is to show it, this judge still found it and the other did not.
 */
function shrunk(
  txns: Txns,
  suspect: Suspect,
  others: readonly number[],
  judge: JudgeAgain,
): { part: Part | null; denied: boolean } {
  let denied = false;
  const shows = (members: readonly number[], same = true): Part | null => {
    const part = partOf(txns, members);
    if (part === null) return null;
    if (!(same ? showsSame(txns, suspect, part, judge) : judge(part.history).verdict === 'fail')) return null;
    denied = !confirms(part.history, claimOf(txns, suspect, part));
    return denied ? null : part;
  };
  const alone = shows(suspect.txns);
  if (alone !== null || others.length === 0) return { part: alone, denied };
  const all = [...suspect.txns, ...others];
  // Where fewer transactions show something else first, the other judge still has to find this very violation.
  for (const same of [true, false]) {
    denied = false;
    let best = shows(all, same);
    if (best === null && denied) return { part: null, denied };
    if (best === null) continue;
    let rest = [...others];
    for (const other of others) {
      const fewer = rest.filter((t) => t !== other);
      const part = shows([...suspect.txns, ...fewer], same);
      if (part === null) continue;
      best = part;
      rest = fewer;
    }
    return { part: best, denied: false };
  }
  return { part: null, denied: false };
}

function showsSame(txns: Txns, { anomaly, txns: own }: Suspect, part: Part, judge: JudgeAgain): boolean {
  const { verdict, anomalies } = judge(part.history);
  if (verdict !== 'fail') return false;
  const wanted = new Set(own.map((t) => txns.inv[t]!));
  const circle = (anomaly.detail as { edges?: Json }).edges !== undefined;
  return anomalies.some(({ kind, ops }) => {
    if (kind !== anomaly.kind) return false;
    // Which circle of several is found first depends on the rest; the other judge looks at this very one.
    if (circle) return true;
    const found = new Set(ops.map((op) => part.positions[op]!));
    return [...wanted].every((call) => found.has(call));
  });
}

/**
 * The operations of some transactions, and the bare invocations of those that wrote what they read: without
 * them it would look as if nobody had. Those get processes of their own, as they stay open.
 */
function partOf(txns: Txns, members: readonly number[]): Part | null {
  if (members.length > MAX_TXNS) return null;
  const { history } = txns;
  const kept = new Set(opsOf(txns, members));
  const sources = sourcesOf(txns, new Set(members));
  if (sources === null) return null;
  let fresh = 0;
  for (const i of kept) fresh = Math.max(fresh, numberOf(history.process(i)) + 1);
  const positions = [...kept, ...sources].sort((a, b) => a - b);
  const ops = positions.map(
    (i): Op => (kept.has(i) ? history.op(i) : { ...history.op(i), process: fresh++ }),
  );
  return { members, history: historyOf(ops), positions };
}

function numberOf(process: Op['process']): number {
  return typeof process === 'number' ? process : -1;
}

/** Invocations of other transactions that wrote what these read; null when there are too many. */
function sourcesOf(txns: Txns, members: ReadonlySet<number>): Set<number> | null {
  const sources = new Set<number>();
  for (const t of members) {
    const completion = txns.history.pair(txns.inv[t]!);
    if (txns.status[t] !== COMMITTED || completion < 0) continue;
    for (const [key, value] of readsIn(txns.history.value(completion))) {
      const k = txns.keys.find(txns.codes.of(key));
      const mop = k < 0 ? -1 : txns.writers.get(k, txns.codes.of(value));
      if (mop < 0 || members.has(txns.owner[mop]!)) continue;
      sources.add(txns.inv[txns.owner[mop]!]!);
      if (sources.size > MAX_SOURCES) return null;
    }
  }
  return sources;
}

/** Every key and element that micro-operations show. */
function readsIn(value: Json): [Json, Json][] {
  const found: [Json, Json][] = [];
  const take = (key: Json, seen: Json): void => {
    for (const element of Array.isArray(seen) ? seen : [seen])
      if (element !== null) found.push([key, element]);
  };
  for (const mop of value as Json[][]) {
    if (mop[0] === 'r') take(mop[1]!, mop[2] ?? null);
    else if (mop[0] === 'scan') for (const [key, seen] of (mop[2] ?? []) as [Json, Json][]) take(key, seen);
  }
  return found;
}

/** The claim of a violation in terms of its part. */
function claimOf(txns: Txns, { anomaly, txns: own }: Suspect, part: Part): Claim {
  const at = (t: number): number => part.positions.indexOf(txns.inv[t]!);
  const edges = (anomaly.detail as { edges?: { from: string; to: string; kind: string }[] }).edges ?? [];
  const named = (name: string): number => at(Number(name.slice(1)));
  return {
    kind: anomaly.kind,
    style: txns.style,
    calls: own.map(at),
    key: anomaly.key ?? null,
    edges: edges.map(({ from, to, kind }) => ({ from: named(from), to: named(to), kind })),
  };
}
