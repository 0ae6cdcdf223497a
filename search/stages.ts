/**
 * The stages of a reduction, in order. Each proposes smaller cases; what fails is kept (`Attempts.take`).
 */
import type { PlannedFault } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import type { Case, CaseOp } from '../harness/sim/case.ts';
import type { CaseFault, Trigger } from '../harness/sim/triggers.ts';
import type { Attempts } from './attempts.ts';
import { mergedClients, pinned, renumbered, withoutNode } from './case-parts.ts';
import { reduceList } from './reduce-list.ts';

/** Makes `attempts.best` smaller where it can. */
export type Stage = (attempts: Attempts) => void;

/** What happens after the failure, and as much before it as a bisection finds. */
function cutTime(attempts: Attempts): void {
  const upTo = (ns: number): Case => {
    const { untilNs: _, ...rest } = attempts.best;
    return {
      ...rest,
      ops: rest.ops.filter((op) => op.atNs <= ns),
      faults: rest.faults.filter((fault) => fault.atNs <= ns),
    };
  };
  const isSmaller = (c: Case): boolean =>
    c.ops.length < attempts.best.ops.length || c.faults.length < attempts.best.faults.length;
  const atOnce = upTo(attempts.shownNs);
  if (isSmaller(atOnce)) attempts.take(atOnce);
  let low = 0;
  let high = attempts.shownNs;
  for (let i = 0; i < 6; i++) {
    const middle = Math.round((low + high) / 2);
    const candidate = upTo(middle);
    if (isSmaller(candidate) && attempts.take(candidate)) high = Math.min(middle, attempts.shownNs);
    else low = middle;
  }
}

/** Leaves out groups of operations: all of a client, all of a key. */
function dropGroups(attempts: Attempts, groupOf: (op: CaseOp) => Json): void {
  const nameOf = (op: CaseOp): string => JSON.stringify(groupOf(op));
  const groups = [...new Set(attempts.best.ops.map(nameOf))];
  if (groups.length < 2) return;
  reduceList(groups, (kept) => {
    const names = new Set(kept);
    const { best } = attempts;
    return attempts.take({ ...best, ops: best.ops.filter((op) => names.has(nameOf(op))) });
  });
}

function dropOps(attempts: Attempts): void {
  reduceList(attempts.best.ops, (ops) => attempts.take({ ...attempts.best, ops: [...ops] }));
}

function dropFaults(attempts: Attempts): void {
  reduceList(attempts.best.faults, (faults) => attempts.take({ ...attempts.best, faults: [...faults] }));
}

/** Partitions of any shape as the one that is easiest to understand: whoever leads is alone. */
function isolateLeaders(attempts: Attempts): void {
  for (const fault of attempts.best.faults) {
    if (fault.fault !== 'partition' || fault.mode === 'isolate-leader') continue;
    const params = { ...fault.params, groups: null, cuts: [], clientsFrom: null };
    const simple: PlannedFault = { ...fault, mode: 'isolate-leader', target: 'leader', nodes: [], params };
    const { best } = attempts;
    const faults = best.faults.filter((one) => one.id !== fault.id);
    const lasting = { ...simple, untilNs: Math.max(simple.untilNs, attempts.shownNs) };
    for (const instead of [[simple], [lasting]]) {
      const others = faults.filter((one) => one.fault !== 'partition');
      // Alone first: it may do the work of all partitions.
      if (attempts.take({ ...best, faults: [...others, ...instead] })) return;
      if (take(attempts, { ...best, faults: [...faults, ...instead] })) break;
    }
  }
}

/** Nodes one by one, and two at once: of an even number of nodes a majority is as large as of one more. */
function dropNodes(attempts: Attempts): void {
  for (const node of [...attempts.best.nodes].reverse()) {
    if (attempts.best.nodes.length > 1) attempts.take(withoutNode(attempts.best, node));
  }
  const nodes = [...attempts.best.nodes].reverse();
  for (const [i, first] of nodes.entries()) {
    for (const second of nodes.slice(i + 1)) {
      const { best } = attempts;
      if (best.nodes.length < 3 || !best.nodes.includes(first) || !best.nodes.includes(second)) continue;
      attempts.take(withoutNode(withoutNode(best, first), second));
    }
  }
}

/** Fewer clients: each into the first, or into the one before it; then numbers without gaps. */
function mergeClients(attempts: Attempts): void {
  const clients = [...new Set(attempts.best.ops.map((op) => op.client))].sort((a, b) => b - a);
  for (const [i, client] of clients.entries()) {
    for (const into of [clients.at(-1)!, clients[i + 1]]) {
      if (into !== undefined && into !== client && attempts.take(mergedClients(attempts.best, client, into)))
        break;
    }
  }
  take(attempts, renumbered(attempts.best));
}

/** Surroundings back to their defaults, one by one. */
function plainSurroundings(attempts: Attempts): void {
  for (const name of [
    'network',
    'disk',
    'observeEveryMs',
    'opTimeoutMs',
    'untilNs',
    'finalFromNs',
  ] as const) {
    if (attempts.best[name] === undefined) continue;
    const { [name]: _, ...rest } = attempts.best;
    attempts.take(rest as Case);
  }
  for (const name of Object.keys(attempts.best.settings)) {
    // Which program runs is no surrounding.
    if (name === 'module') continue;
    const { [name]: _, ...settings } = attempts.best.settings;
    attempts.take({ ...attempts.best, settings });
  }
  // One may hold up another, as what stays of a log holds up what is cut from it.
  while (lowerSettings(attempts));
  for (const bug of attempts.best.bugs) {
    attempts.take({ ...attempts.best, bugs: attempts.best.bugs.filter((one) => one !== bug) });
  }
}

/** Cases of fewer operations are short enough: their settings stay as they are known. */
const FEW_OPERATIONS = 6;

/**
 * Settings that count something, as low as they go: where a snapshot is taken after sixteen entries, a failure needs
 * sixteen operations, and two where it is taken after two. Zero turns things off, and times are left alone: that a
 * cluster cannot keep up is another failure.
 */
function lowerSettings(attempts: Attempts): boolean {
  if (attempts.best.ops.length <= FEW_OPERATIONS) return false;
  const { best: before } = attempts;
  const known = { ...attempts.defaults, ...before.settings };
  for (const [name, value] of Object.entries(known)) {
    if (typeof value !== 'number' || name.endsWith('Ms')) continue;
    for (const lower of [1, 2, 4, 8, 16, 32]) {
      if (lower >= value) break;
      if (attempts.take({ ...attempts.best, settings: { ...attempts.best.settings, [name]: lower } })) break;
    }
  }
  return attempts.best !== before;
}

/** Each fault simpler: fewer nodes and cuts, shorter, at round times. */
function simplifyFaults(attempts: Attempts): void {
  for (const { id } of attempts.best.faults) {
    const now = (): CaseFault => attempts.best.faults.find((fault) => fault.id === id)!;
    const change = (changes: Partial<CaseFault>): boolean =>
      take(attempts, withFault(attempts.best, { ...now(), ...changes }));
    simplifyMoment(now, (when) => change({ when }));
    if (now().nodes.length > 1) {
      reduceList(
        now().nodes,
        (nodes) => nodes.length > 0 && change({ nodes: [...nodes], target: [...nodes] }),
      );
    }
    const cuts = now().params['cuts'];
    if (Array.isArray(cuts) && cuts.length > 0 && now().nodes.length > 0) {
      reduceList(cuts, (kept) => kept.length > 0 && change({ params: { ...now().params, cuts: [...kept] } }));
    }
    for (const length of [10e6, 50e6, 100e6, 200e6, 400e6]) {
      if (now().untilNs - now().atNs > length && change({ untilNs: now().atNs + length })) break;
    }
    for (const unit of [100e6, 10e6]) {
      const length = Math.max(unit, roundTo(now().untilNs - now().atNs, unit));
      const atNs = roundTo(now().atNs, unit);
      if (change({ atNs, untilNs: atNs + length })) break;
    }
  }
}

/** What a fault waits for: the first time, at once, and not for longer than it must. */
function simplifyMoment(now: () => CaseFault, change: (when: Trigger) => boolean): void {
  const { when } = now();
  if (when === undefined) return;
  if (when.nth > 1) change({ ...when, nth: 1 });
  if (when.afterNs > 0) change({ ...now().when!, afterNs: 0 });
  for (const byNs of [500e6, 1e9, 2e9]) if (byNs < when.byNs && change({ ...now().when!, byNs })) break;
}

/** Operations at round times. */
function roundTimes(attempts: Attempts): void {
  for (const unit of [100e6, 10e6, 1e6]) {
    const { best } = attempts;
    if (take(attempts, { ...best, ops: best.ops.map((op) => ({ ...op, atNs: roundTo(op.atNs, unit) })) }))
      return;
  }
  for (let i = 0; i < Math.min(attempts.best.ops.length, 20); i++) {
    for (const unit of [100e6, 10e6]) {
      const { best } = attempts;
      const ops = best.ops.map((op, n) => (n === i ? { ...op, atNs: roundTo(op.atNs, unit) } : op));
      if (take(attempts, { ...best, ops })) break;
    }
  }
}

/** The first thing earlier, and everything with it. */
function startEarlier(attempts: Attempts): void {
  const first = Math.min(
    ...attempts.best.ops.map((op) => op.atNs),
    ...attempts.best.faults.map((fault) => fault.atNs),
  );
  if (!Number.isFinite(first)) return;
  for (const keep of [0.25, 0.5, 0.75]) {
    const by = roundTo(first * (1 - keep), 100e6);
    const { best } = attempts;
    if (by > 0 && take(attempts, shifted(best, by))) return;
  }
}

function shifted(c: Case, byNs: number): Case {
  return {
    ...c,
    ops: c.ops.map((op) => ({ ...op, atNs: op.atNs - byNs })),
    faults: c.faults.map((fault) => ({ ...fault, atNs: fault.atNs - byNs, untilNs: fault.untilNs - byNs })),
    ...(c.untilNs === undefined ? {} : { untilNs: c.untilNs - byNs }),
    ...(c.finalFromNs === undefined ? {} : { finalFromNs: c.finalFromNs - byNs }),
  };
}

/** A candidate that is the case itself is no candidate. */
function take(attempts: Attempts, candidate: Case): boolean {
  return JSON.stringify(candidate) !== JSON.stringify(attempts.best) && attempts.take(candidate);
}

function withFault(c: Case, changed: CaseFault): Case {
  return { ...c, faults: c.faults.map((fault) => (fault.id === changed.id ? changed : fault)) };
}

function roundTo(ns: number, unit: number): number {
  return Math.round(ns / unit) * unit;
}

/** The stages by what they do, in the order in which they do it. */
export const STAGES: Readonly<Record<string, Stage>> = {
  'time cut': cutTime,
  keys: (attempts) => dropGroups(attempts, (op) => op.key ?? null),
  faults: dropFaults,
  shapes: isolateLeaders,
  clients: (attempts) => {
    attempts.best = pinned(attempts.best);
    dropGroups(attempts, (op) => op.client);
  },
  operations: dropOps,
  nodes: dropNodes,
  processes: mergeClients,
  surroundings: plainSurroundings,
  'fault details': simplifyFaults,
  start: startEarlier,
  times: roundTimes,
  'joined faults': joinFaults,
};

/** Cases of more faults are not searched for pairs: they are as many as the square. */
const FEW_FAULTS = 8;

/** Two faults at once: one may make up for what the other did. */
function dropPairs(attempts: Attempts): void {
  let gone = true;
  while (gone && attempts.best.faults.length > 2 && attempts.best.faults.length <= FEW_FAULTS) {
    const { best } = attempts;
    const pairs = best.faults.flatMap((a, i) => best.faults.slice(i + 1).map((b) => [a, b]));
    gone = pairs.some((pair) =>
      attempts.take({ ...best, faults: best.faults.filter((fault) => !pair.includes(fault)) }),
    );
  }
}

/** One fault in the place of two of a kind: it lasts from the beginning of the first to the end of the last. */
function joinFaults(attempts: Attempts): void {
  let joined = true;
  while (joined && attempts.best.faults.length > 1 && attempts.best.faults.length <= FEW_FAULTS) {
    const { best } = attempts;
    joined = best.faults.some((a) =>
      best.faults.some((b) => {
        if (a === b || a.fault !== b.fault || b.atNs < a.atNs) return false;
        const untilNs = Math.max(a.untilNs, b.untilNs);
        const others = best.faults.filter((fault) => fault !== a && fault !== b);
        // As the one, or as the other: they may aim at different nodes.
        return [
          { ...a, untilNs },
          { ...b, atNs: a.atNs, untilNs },
        ].some((one) => attempts.take({ ...best, faults: [...others, one].sort((x, y) => x.atNs - y.atNs) }));
      }),
    );
  }
}

/** What is worth many seeds, once nothing else goes. */
export const PATIENT_STAGES: Readonly<Record<string, Stage>> = {
  'joined faults again': joinFaults,
  'pairs of faults': dropPairs,
  'faults again': dropFaults,
  'operations again': dropOps,
};
