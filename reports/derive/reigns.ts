/**
 * Who led when, in which term, who followed, which acknowledged writes went to that side, and which of them the last
 * read of their key no longer had. A write belongs to the reign its answer names, or else to the one which the node
 * that answered believed in then. Only elements of sets and lists can be told lost this way; registers are overwritten.
 */
import { type History, NONE, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { BeliefSpan, OverlapSpan, Reign } from '../model.ts';
import { record, text } from '../read-json.ts';
import { eachInvocation } from './operations.ts';

/** Beliefs of one leader in one term further apart than this are two reigns where terms are not counted. */
const JOIN_NS = 1e9;
/** Values listed of what a reign accepted, and of what was lost of it. */
const LISTED = 400;
const READS: ReadonlySet<string> = new Set([
  'read',
  'r',
  'poll',
  'leader',
  'get',
  'scan',
  'dequeue',
  'drain',
  'generate',
  'echo',
]);

/** Reigns by their beginning. O(n + b log b) for n lines and b beliefs. */
export function reignsOf(
  history: History,
  beliefs: readonly BeliefSpan[],
  overlaps: readonly OverlapSpan[],
): Reign[] {
  const reigns = joined(beliefs);
  if (reigns.length === 0) return [];
  for (const span of beliefs) {
    if (span.leading || span.leader === null) continue;
    for (const reign of reigns) {
      const same =
        reign.node === span.leader && (span.term === null || reign.term === null || span.term === reign.term);
      if (
        same &&
        span.fromNs < reign.toNs &&
        span.toNs > reign.fromNs &&
        !reign.followers.includes(span.node)
      )
        reign.followers.push(span.node);
    }
  }
  for (const reign of reigns) {
    reign.followers.sort();
    for (const { fromNs, toNs, leaders } of overlaps) {
      if (toNs <= reign.fromNs || fromNs >= reign.toNs || !leaders.some(({ node }) => node === reign.node))
        continue;
      for (const { node } of leaders)
        if (node !== reign.node && !reign.besides.includes(node)) reign.besides.push(node);
    }
  }
  assign(history, beliefs, reigns);
  return reigns;
}

function joined(beliefs: readonly BeliefSpan[]): Reign[] {
  const reigns: Reign[] = [];
  const open = new Map<string, Reign>();
  for (const { node, term, fromNs, toNs } of beliefs
    .filter((span) => span.leading)
    .sort((a, b) => a.fromNs - b.fromNs)) {
    const name = `${term}/${node}`;
    const last = open.get(name);
    if (last !== undefined && (term !== null || fromNs - last.toNs <= JOIN_NS)) {
      last.toNs = Math.max(last.toNs, toNs);
      continue;
    }
    const reign: Reign = {
      node,
      term,
      fromNs,
      toNs,
      followers: [],
      besides: [],
      writes: 0,
      values: [],
      lost: 0,
      lostValues: [],
      judged: 0,
    };
    open.set(name, reign);
    reigns.push(reign);
  }
  return reigns;
}

/** Gives every acknowledged write to a reign. */
function assign(history: History, beliefs: readonly BeliefSpan[], reigns: readonly Reign[]): void {
  const believed = new Beliefs(beliefs);
  const last = lastReads(history);
  const { pairs, types } = history.columns;
  eachInvocation(history, (i) => {
    const end = pairs[i]!;
    if (end === NONE || types[end] !== OK) return;
    const written = writesOf(history.f(i), history.key(i), history.value(i));
    if (written.length === 0) return;
    const at = history.time(end);
    const by = text(record(history.value(end))['by']);
    const leader = by !== '' ? by : believed.leaderAt(history.node(i) ?? history.node(end) ?? '', at);
    // The latest that had begun: answers come while it lasts, or a moment later.
    const reign = reigns.findLast((one) => one.node === leader && one.fromNs <= at);
    if (reign === undefined) return;
    for (const { key, value, element } of written) {
      reign.writes++;
      if (reign.values.length < LISTED) reign.values.push(value);
      const read = element ? last.get(key) : undefined;
      if (read === undefined || read.index <= end) continue;
      reign.judged++;
      if (read.has(value)) continue;
      reign.lost++;
      if (reign.lostValues.length < LISTED) reign.lostValues.push(value);
    }
  });
}

/** Whether an operation changes anything, by what was asked. */
export function isWrite(f: string, value: Json): boolean {
  return writesOf(f, null, value).length > 0;
}

interface Written {
  key: string;
  value: Json;
  /** Whether reads show everything that was ever written. */
  element: boolean;
}

function writesOf(f: string, key: Json | undefined, value: Json): Written[] {
  if (f === 'txn' && Array.isArray(value)) {
    return value.flatMap((part) =>
      Array.isArray(part) && part[0] !== 'r'
        ? [{ key: JSON.stringify(part[1] ?? null), value: part[2] ?? null, element: part[0] === 'append' }]
        : [],
    );
  }
  if (value === null || READS.has(f)) return [];
  const element = f === 'add' || f === 'append';
  return [{ key: element ? JSON.stringify(key ?? null) : '', value, element }];
}

/** What the last read of each key showed. */
class LastRead {
  readonly index: number;
  readonly #values: ReadonlySet<string>;

  constructor(index: number, values: readonly Json[]) {
    this.index = index;
    this.#values = new Set(values.map((value) => JSON.stringify(value)));
  }

  has(value: Json): boolean {
    return this.#values.has(JSON.stringify(value));
  }
}

/** Last answered read of every key whose answers are lists; nothing where elements are also taken away. */
function lastReads(history: History): Map<string, LastRead> {
  const found = new Map<string, { index: number; values: Json[] }>();
  const { pairs, types } = history.columns;
  let removes = false;
  eachInvocation(history, (i) => {
    const f = history.f(i);
    if (f === 'remove') removes = true;
    const end = pairs[i]!;
    if (end === NONE || types[end] !== OK) return;
    if (f === 'read') {
      const value = history.value(end);
      if (Array.isArray(value))
        found.set(JSON.stringify(history.key(i) ?? null), { index: i, values: value });
    } else if (f === 'txn') {
      const value = history.value(end);
      for (const part of Array.isArray(value) ? value : []) {
        if (Array.isArray(part) && part[0] === 'r' && Array.isArray(part[2]))
          found.set(JSON.stringify(part[1] ?? null), { index: i, values: part[2] });
      }
    }
  });
  if (removes) return new Map();
  return new Map([...found].map(([key, { index, values }]) => [key, new LastRead(index, values)]));
}

/** Whom a node believed in, asked in any order but quick in order of time. */
class Beliefs {
  readonly #spans = new Map<string, BeliefSpan[]>();
  readonly #at = new Map<string, number>();

  constructor(beliefs: readonly BeliefSpan[]) {
    for (const span of beliefs) {
      const own = this.#spans.get(span.node);
      if (own === undefined) this.#spans.set(span.node, [span]);
      else own.push(span);
    }
  }

  /** The node itself where it leads; null where it knows no leader. */
  leaderAt(node: string, ns: number): string | null {
    const spans = this.#spans.get(node);
    if (spans === undefined) return null;
    let at = this.#at.get(node) ?? 0;
    while (at > 0 && spans[at]!.fromNs > ns) at--;
    while (at + 1 < spans.length && spans[at + 1]!.fromNs <= ns) at++;
    this.#at.set(node, at);
    const span = spans[at]!;
    return span.leading ? node : span.leader;
  }
}
