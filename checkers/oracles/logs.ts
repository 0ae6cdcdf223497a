/**
 * Replicated logs: every reading against every other, each with the log it shows written out.
 */
import type { Json } from '../../harness/op.ts';
import { type Charge, field, type Oracle, type PlainOp, textOf } from './plain.ts';

interface Entry {
  term: number | null;
  value: string;
}

/** One reading, and the node's log as it stood then, as far as it is known. */
interface Reading {
  node: string;
  log: Map<number, Entry>;
  told: number[];
  from: number;
  prevTerm: number | null;
  last: number;
  commit: number;
  term: number | null;
  leading: boolean;
  life: string | null;
}

const isPosition = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const numberOf = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);

function readingsOf(ops: readonly PlainOp[]): Reading[] {
  const answered = ops
    .filter(({ f, name, outcome }) => f === 'log' && name.startsWith('observer:') && outcome === 'ok')
    .sort((a, b) => a.end - b.end);
  const readings: (Reading & { read: Json | undefined })[] = [];
  for (const op of answered) {
    const of = (name: string): Json | undefined => field(op.said, name);
    const [from, last, commit, entries] = [of('from'), of('last'), of('commit'), of('entries')];
    if (!isPosition(from) || from === 0 || !isPosition(last) || !isPosition(commit)) continue;
    if (!Array.isArray(entries) || !entries.every((each) => Array.isArray(each) && each.length === 2))
      continue;
    const node = op.node ?? op.name.slice('observer:'.length);
    const before = readings.findLast((other) => other.node === node);
    const number = Number(before?.read ?? 0) + 1;
    const follows = of('gap') !== true && of('read') === number;
    const log = new Map([...(follows ? (before?.log ?? []) : [])].filter(([at]) => at < from && at <= last));
    const told = entries.map((_, n) => from + n);
    (entries as Json[][]).forEach(([term, value], n) => {
      if (from + n <= last) log.set(from + n, { term: numberOf(term), value: textOf(value!) });
    });
    const life = of('life');
    const [term, prevTerm] = [numberOf(of('term')), numberOf(of('prevTerm'))];
    const shown = { node, log, told, from, prevTerm, last, commit, term, read: of('read') };
    readings.push({
      ...shown,
      leading: of('leading') === true,
      life: typeof life === 'string' ? life : null,
    });
  }
  return readings;
}

/** The oracle of `log-matching`. O(entries^2). */
export const logMatchingOracle: Oracle = {
  meanwhile: { needed: true, functions: ['log'] },
  charges(ops) {
    const facts = readingsOf(ops).flatMap((reading) =>
      reading.told.flatMap((at) => {
        const entry = reading.log.get(at);
        return entry === undefined || entry.term === null
          ? []
          : [{ at, ...entry, before: termBefore(reading, at) }];
      }),
    );
    const kinds = new Set<string>();
    for (const a of facts) {
      for (const b of facts) {
        if (a.at !== b.at || a.term !== b.term) continue;
        if (a.value !== b.value) kinds.add('log-mismatch');
        else if (a.before !== null && b.before !== null && a.before !== b.before)
          kinds.add('log-history-mismatch');
      }
    }
    return [...kinds].map((kind) => ({ kind }));
  },
};

function termBefore({ log, from, prevTerm }: Reading, at: number): number | null {
  if (at === 1) return 0;
  const entry = log.get(at - 1);
  if (entry !== undefined) return entry.term;
  return at === from ? prevTerm : null;
}

/** The oracle of `leader-completeness`. O(readings^2 * entries). */
export const leaderCompletenessOracle: Oracle = {
  meanwhile: { needed: true, functions: ['log'] },
  charges(ops) {
    const readings = readingsOf(ops);
    const missing = readings.some((leader) =>
      readings.some(
        (shown) =>
          leader.leading &&
          leader.term !== null &&
          shown.term !== null &&
          shown.term < leader.term &&
          committed(shown).some(
            ([at, { value }]) =>
              at > leader.last || (leader.log.has(at) && leader.log.get(at)!.value !== value),
          ),
      ),
    );
    return missing ? [{ kind: 'committed-entry-missing' }] : [];
  },
};

const committed = ({ log, commit }: Reading): [number, Entry][] => [...log].filter(([at]) => at <= commit);

/** The oracle of `state-machine-safety`. O(readings^2 * entries). */
export const stateMachineSafetyOracle: Oracle = {
  meanwhile: { needed: true, functions: ['log'] },
  charges(ops) {
    const kinds = new Set<string>();
    const readings = readingsOf(ops);
    readings.forEach((later, n) => {
      for (const earlier of readings.slice(0, n)) {
        const other = new Map(committed(earlier));
        if (committed(later).some(([at, { value }]) => other.has(at) && other.get(at)!.value !== value)) {
          kinds.add('different-commits');
        }
        if (earlier.node !== later.node) continue;
        if (later.last < earlier.commit) kinds.add('committed-entry-dropped');
        const next = readings.slice(0, n).findLast(({ node }) => node === later.node) === earlier;
        if (next && later.life !== null && later.life === earlier.life && later.commit < earlier.commit) {
          kinds.add('commit-went-back');
        }
      }
    });
    return [...kinds].map((kind): Charge => ({ kind }));
  },
};
