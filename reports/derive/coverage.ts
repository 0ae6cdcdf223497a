/**
 * What the operations of a run met: which functions under which kinds of fault, how many keys, and how much company an
 * operation had on its key. Empty cells are what a pass says nothing about.
 */
import { type History, INVOKE } from '../../harness/history/history.ts';
import type { Coverage, FaultRow } from '../model.ts';
import { eachInvocation } from './operations.ts';

const COMPANY = ['0', '1', '2', '3', '4 to 7', '8 to 15', '16 and more'];

/** Counts in one pass over the history. O(n * k) for k faults in force at some time. */
export function coverageOf(history: History, faults: readonly FaultRow[], endNs: number): Coverage {
  const active = faults.filter((fault) => fault.fromNs !== null);
  const kinds = [...new Set(faults.map(({ fault }) => fault))];
  const kindOf = active.map(({ fault }) => kinds.indexOf(fault));
  const functions = new Map<number, number>();
  const under = kinds.map((): number[] => []);
  const calm: number[] = [];
  const keys = new Map<number, number>();
  const { fs, times } = history.columns;
  const bump = (counts: number[], at: number): void => {
    counts[at] = (counts[at] ?? 0) + 1;
  };
  const met = new Uint8Array(kinds.length);
  eachInvocation(history, (i) => {
    let f = functions.get(fs[i]!);
    if (f === undefined) functions.set(fs[i]!, (f = functions.size));
    const key = history.columns.keys[i]!;
    if (key >= 0) keys.set(key, (keys.get(key) ?? 0) + 1);
    const at = times[i]!;
    met.fill(0);
    let any = false;
    for (let a = 0; a < active.length; a++) {
      const { fromNs, toNs } = active[a]!;
      if (at < fromNs! || at >= (toNs ?? endNs + 1)) continue;
      any = true;
      met[kindOf[a]!] = 1;
    }
    if (!any) bump(calm, f);
    for (let k = 0; k < kinds.length; k++) if (met[k] === 1) bump(under[k]!, f);
  });
  const names = [...functions.keys()].map((id) => history.names.get(id));
  const full = (counts: readonly number[]): number[] => names.map((_, f) => counts[f] ?? 0);
  const perKey = [...keys.values()].sort((a, b) => a - b);
  return {
    functions: names,
    underFault: kinds.map((fault, k) => ({ fault, counts: full(under[k]!) })),
    calm: full(calm),
    keys: {
      count: perKey.length,
      least: perKey[0] ?? 0,
      median: perKey[perKey.length >> 1] ?? 0,
      most: perKey.at(-1) ?? 0,
    },
    company: companyOf(history),
  };
}

/** How many others on the same key (or without one) were open at each invocation. O(n). */
function companyOf(history: History): Coverage['company'] {
  const open = new Map<number, number>();
  const counts = new Array<number>(COMPANY.length).fill(0);
  const { types, processes, keys, pairs } = history.columns;
  for (let i = 0; i < history.length; i++) {
    if (processes[i]! < 0) continue;
    if (types[i] === INVOKE) {
      const key = keys[i]!;
      const others = open.get(key) ?? 0;
      const at = others < 4 ? others : others < 8 ? 4 : others < 16 ? 5 : 6;
      counts[at] = counts[at]! + 1;
      // What is never answered is company for nobody knows how long; it is left out.
      if (pairs[i]! >= 0) open.set(key, others + 1);
    } else if (pairs[i]! >= 0) {
      const key = keys[pairs[i]!]!;
      open.set(key, Math.max(0, (open.get(key) ?? 1) - 1));
    }
  }
  return COMPANY.map((label, at) => ({ label, count: counts[at]! }));
}
