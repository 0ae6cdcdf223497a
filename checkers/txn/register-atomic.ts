/**
 * Atomic visibility of registers without an order of versions (Biswas and Enea, 2019): whoever saw one write of
 * W and another value of a second key that W wrote too saw a later transaction there, or the history is
 * fractured. The reads and the order they force must have no cycle, which decides the question exactly.
 */
import type { Budget } from '../contract.ts';
import type { Finding, FindingList } from './finding.ts';
import { cyclicPart, EdgeList, type SubGraph, WR, WW } from './graph.ts';
import { IntList } from './int-list.ts';
import { automatonOf } from './levels.ts';
import { inWords, isShown } from './long-circle.ts';
import { READ } from './mop-reader.ts';
import { mopStep } from './register-anomalies.ts';
import { type Registers, writerOf } from './registers.ts';
import { components } from './scc.ts';
import { keyWords, nameOf, valueWords } from './txn-words.ts';
import { NEVER } from './txns.ts';
import { type Path, Walk } from './walk.ts';

/** The two rules: `fractured-read` looks at all reads, `non-monotonic-read` at those behind the one that saw W. */
const RULES = ['fractured-read', 'non-monotonic-read'] as const;
type Rule = (typeof RULES)[number];

/** Steps spent on making a cycle shorter. */
const SHORTEN_STEPS = 4e6;

/** Two reads of one transaction that put the writer of `write` before the writer of what `missed` read. */
interface Forced {
  from: number;
  to: number;
  saw: number;
  missed: number;
  write: number;
}

/** Many of them in columns; `to` is -1 where a first version was read. */
class ForcedList {
  readonly #items = new IntList(1 << 12);

  get length(): number {
    return this.#items.length / 5;
  }

  add(from: number, to: number, saw: number, missed: number, write: number): void {
    this.#items.push(from);
    this.#items.push(to);
    this.#items.push(saw);
    this.#items.push(missed);
    this.#items.push(write);
  }

  from(i: number): number {
    return this.#items.items[5 * i]!;
  }

  to(i: number): number {
    return this.#items.items[5 * i + 1]!;
  }

  at(i: number): Forced {
    const [from, to, saw, missed, write] = this.#items.items.subarray(5 * i, 5 * i + 5);
    return { from: from!, to: to!, saw: saw!, missed: missed!, write: write! };
  }
}

/** Finds both kinds. O(reads * micro-operations of the transactions they saw). */
export function findRegisterAtomic(registers: Registers, found: FindingList, budget: Budget): void {
  for (const rule of RULES) {
    const forced = forcedBy(registers, rule, budget);
    if (forced === null) {
      found.unsettled.add(rule);
      continue;
    }
    // Nothing comes before the first version.
    let impossible = false;
    for (let i = 0; i < forced.length; i++) {
      if (forced.to(i) >= 0) continue;
      impossible = true;
      found.add(rule, () => direct(registers, forced.at(i)));
    }
    if (!impossible && forced.length > 0) addCycle(registers, rule, forced, found, budget);
  }
}

function forcedBy(registers: Registers, rule: Rule, budget: Budget): ForcedList | null {
  const { txns, seen, before, initial } = registers;
  const forced = new ForcedList();
  for (let m = 0; m < txns.f.length; m++) {
    if ((m & 4095) === 0 && !budget.spend(4096)) return null;
    if (txns.f[m] !== READ || txns.predicate?.[m] === 1) continue;
    const t = txns.owner[m]!;
    const from = writerOf(registers, seen[m]!);
    if (from < 0 || from === t) continue;
    const start = rule === 'fractured-read' ? txns.starts[t]! : m + 1;
    const end = txns.starts[t + 1]!;
    if (start === end) continue;
    for (let write = txns.starts[from]!; write < txns.starts[from + 1]!; write++) {
      if (txns.f[write] === READ) continue;
      for (let q = start; q < end; q++) {
        if (txns.key[q] !== txns.key[write]) continue;
        if (txns.f[q] !== READ) break;
        // Only the first read of a key shows what is outside, but for reads that merely repeat.
        if (rule === 'fractured-read' && before[q]! >= 0) break;
        const version = seen[q]!;
        if (q === m || version < 0 || txns.predicate?.[q] === 1) continue;
        const to = version >= initial ? -1 : writerOf(registers, version);
        if (to === from || to === t || (to < 0 && version < initial)) continue;
        forced.add(from, to, m, q, write);
      }
    }
  }
  return forced;
}

function addCycle(
  registers: Registers,
  rule: Rule,
  forced: ForcedList,
  found: FindingList,
  budget: Budget,
): void {
  const { txns, seen } = registers;
  const list = new EdgeList(txns.count);
  for (let i = 0; i < forced.length; i++) list.add(forced.from(i), forced.to(i), WW);
  for (let m = 0; m < txns.f.length; m++) {
    if (txns.f[m] !== READ || txns.ret[txns.owner[m]!] === NEVER) continue;
    const writer = writerOf(registers, seen[m]!);
    if (writer >= 0) list.add(writer, txns.owner[m]!, WR);
  }
  const graph = list.build();
  const automaton = automatonOf('G1c', 0);
  const comps = components(graph, automaton);
  if (comps.cyclic === 0) return;
  const sub = cyclicPart(graph, comps.of, comps.sizes);
  const walk = new Walk(sub, txns.count, budget);
  const local = new Map(Array.from(sub.nodes, (node, i) => [node, i]));
  let best: { pair: Forced; path: Path } | null = null;
  for (let i = 0; i < forced.length; i++) {
    if (comps.of[forced.from(i)] !== comps.of[forced.to(i)]) continue;
    if (walk.steps > SHORTEN_STEPS && best !== null) break;
    const pair = forced.at(i);
    const from = local.get(pair.from);
    const to = local.get(pair.to);
    if (from === undefined || to === undefined) continue;
    const path = walk.shortest(to, from, automaton, null, () => true, best?.path.nodes.length);
    if (walk.stopped) break;
    if (path !== null) best = { pair, path };
    if (path?.nodes.length === 1) break;
  }
  if (best === null) {
    found.unsettled.add(rule);
    return;
  }
  const { pair, path } = best;
  found.add(rule, () => circular(registers, pair, forced, sub, path.nodes, path.kinds));
}

/** For each step of a circle what forces it first, if anything. O(forced). */
function forcedSteps(forced: ForcedList, circle: readonly number[]): (Forced | undefined)[] {
  const places = new Map(circle.map((t, i) => [t, i]));
  const steps: (Forced | undefined)[] = circle.map(() => undefined);
  for (let f = 0; f < forced.length; f++) {
    const i = places.get(forced.from(f));
    if (i === undefined || steps[i] !== undefined) continue;
    if (forced.to(f) === circle[(i + 1) % circle.length]) steps[i] = forced.at(f);
  }
  return steps;
}

function direct(registers: Registers, pair: Forced): Omit<Finding, 'kind'> {
  const { txns } = registers;
  return {
    key: txns.key[pair.missed]!,
    txns: [pair.from, txns.owner[pair.saw]!],
    says: fracture(registers, pair),
    steps: [pair.write, pair.saw, pair.missed].map((m) => mopStep(registers, m)),
  };
}

/** `T2 saw 1 in key 1, written by T1, but not its 1 in key 2`. */
function fracture(registers: Registers, { from, saw, write }: Forced): string {
  const { txns } = registers;
  const value = (m: number): string => `${valueWords(txns, txns.arg[m]!)} in ${keyWords(txns, txns.key[m]!)}`;
  const t = nameOf(txns.owner[saw]!);
  return `${t} saw ${value(saw)}, written by ${nameOf(from)}, but not its ${value(write)}`;
}

function circular(
  registers: Registers,
  pair: Forced,
  forced: ForcedList,
  sub: SubGraph,
  nodes: readonly number[],
  kinds: readonly number[],
): Omit<Finding, 'kind'> {
  const { txns } = registers;
  const circle = [pair.from, ...nodes.map((v) => sub.nodes[v]!)];
  const steps = [];
  const whys = forcedSteps(forced, circle);
  const involved = new Set([...circle, txns.owner[pair.saw]!]);
  for (const [i, from] of circle.entries()) {
    const to = circle[i + 1] ?? pair.from;
    const why = i === 0 ? pair : kinds[i - 1] === WW ? whys[i] : undefined;
    const reader = why === undefined ? to : txns.owner[why.saw]!;
    involved.add(reader);
    if (!isShown(i, circle.length)) continue;
    const text =
      why === undefined
        ? `${nameOf(to)} read what ${nameOf(from)} wrote.`
        : `${fracture(registers, why)}: what it saw there, of ${nameOf(to)}, is later than ${nameOf(from)}.`;
    steps.push({
      text,
      ops: [...new Set([from, to, reader])].map((t) => txns.inv[t]!).sort((a, b) => a - b),
    });
  }
  steps.push({
    text: `So ${inWords([...circle, pair.from].map(nameOf), ' before ')}: no order explains what was seen.`,
    ops: [...involved].map((t) => txns.inv[t]!).sort((a, b) => a - b),
  });
  return {
    key: txns.key[pair.missed]!,
    txns: [...involved].sort((a, b) => a - b),
    says: fracture(registers, pair),
    steps,
  };
}
