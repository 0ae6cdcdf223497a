/**
 * Equivocation: a node that tells different nodes different values in one instance. Two such statements are a
 * proof of a Byzantine node whatever else happened, and need no order between them.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import { type History, NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { CheckerResult, Step } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { Evidence, Meter, step, ValueIds } from '../evidence.ts';
import { numberOption } from '../options.ts';
import { instant } from '../quantiles.ts';
import { actor, happened, instanceName, namesOption } from './statements.ts';

/** Something a node said: to whom (NONE: to all), what. */
interface Statement {
  op: number;
  to: number;
  value: number;
}

/**
 * Judges `say` with `{to?, instance?, value}`; the instance is that field, else the key. Options: `faulty`
 * (nodes known to lie), `max-faulty` (how many nodes may lie, known or not). O(n).
 *
 * Statements that do not contradict each other agree in value or in recipient, all of them in the same one, so
 * that a further statement contradicts one of the first two that differ, or none at all.
 */
export function equivocation(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const faulty = namesOption(options, 'faulty');
  const tolerated = numberOption(options, 'max-faulty', 0);
  const sayF = history.names.find('say');
  const ids = new ValueIds(history);
  const groups = new Map<string, Statement[] | null>();
  const found: { a: number; b: number; instance: Json | undefined }[] = [];
  const suspects = new Set<string>();
  const stats = { statements: 0, unreadable: 0, byFaulty: 0 };
  const meter = new Meter(budget);
  for (let i = 0; i < history.length && !meter.over(1); i++) {
    if (history.columns.fs[i] !== sayF || !happened(history, i)) continue;
    const said = reading(history, i);
    if (said === null) {
      stats.unreadable++;
      continue;
    }
    stats.statements++;
    const by = actor(history, i);
    const group = JSON.stringify([by, said.instance === undefined ? NONE : ids.of(said.instance)]);
    const known = groups.get(group);
    if (known === null) continue;
    const now = { op: i, to: said.to === undefined ? NONE : ids.of(said.to), value: ids.of(said.value) };
    const against = known?.find((each) => contradict(each, now));
    if (against !== undefined) {
      groups.set(group, null);
      if (faulty.has(by)) stats.byFaulty++;
      else {
        suspects.add(by);
        found.push({ a: against.op, b: i, instance: said.instance });
      }
    } else if (known === undefined) groups.set(group, [now]);
    else if (known.length < 2 && (known[0]!.to !== now.to || known[0]!.value !== now.value)) known.push(now);
  }
  const excess = suspects.size > 0 && suspects.size + faulty.size > tolerated;
  const evidence = new Evidence(history);
  if (excess) for (const { a, b, instance } of found) word(evidence, history, a, b, instance);
  const shown = {
    ...stats,
    instances: groups.size,
    equivocations: found.length,
    suspects: [...suspects].sort(),
  };
  const vacuous = stats.statements === 0 ? 'nothing that a node said was recorded' : null;
  const result = evidence.conclude(shown, { stopped: meter.stopped, vacuous });
  if (result.verdict !== 'pass' || suspects.size === 0) return result;
  const note = `${shown.suspects.join(', ')} equivocated, within the ${tolerated} faulty nodes tolerated`;
  return { ...result, note };
}

function contradict(a: Statement, b: Statement): boolean {
  return a.value !== b.value && (a.to !== b.to || a.to === NONE);
}

function reading(
  history: History,
  i: number,
): { to: Json | undefined; instance: Json | undefined; value: Json } | null {
  const value = history.value(i);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  if (value['value'] === undefined) return null;
  const pair = history.pair(i);
  const key = history.key(i) ?? (pair === NONE ? undefined : history.key(pair));
  return { to: value['to'] ?? undefined, instance: value['instance'] ?? key, value: value['value'] };
}

function word(evidence: Evidence, history: History, a: number, b: number, instance: Json | undefined): void {
  evidence.add('equivocation', () => {
    const told = (i: number): string => {
      const { to, value } = reading(history, i)!;
      const whom = to === undefined ? 'everybody' : typeof to === 'string' ? to : JSON.stringify(to);
      return `${whom} ${JSON.stringify(value)}`;
    };
    const by = actor(history, b);
    const says = (i: number): Step => {
      const pair = history.pair(i);
      return step(history, pair === NONE ? i : pair, `${by} told ${told(i)}.`);
    };
    return {
      sentence:
        `A correct node tells all nodes the same, but in ${instanceName(instance)}, ${by} told ${told(a)} ` +
        `(${instant(history.time(a))}) and ${told(b)} (${instant(history.time(b))}).`,
      steps: [says(a), says(b)],
      key: instance,
      detail: { node: by },
    };
  });
}

/** The `equivocation` checker. */
export const equivocationChecker: Checker = {
  name: 'equivocation',
  summary: 'no correct node tells different nodes different values in one instance',
  options: {
    faulty: {
      summary: 'nodes known to be Byzantine, whose equivocation is only counted',
      default: [],
      type: 'list',
    },
    'max-faulty': {
      summary: 'how many nodes may be Byzantine, known ones included',
      default: 0,
      type: 'number',
      min: 0,
    },
  },
  reads: {
    say: 'say {to?, instance?, value}, with its node',
  },
  anomalies: {
    equivocation: 'a node told two nodes different things',
  },
  check: equivocation,
};
