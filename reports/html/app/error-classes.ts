/**
 * Classes of errors of a run: the kind of each error without its message, the commonest first, and one class for what
 * is left over.
 */
import type { FilterData } from './filter.ts';

/** Most classes told apart. */
const MOST = 7;
const NEVER = 'never answered';
const UNNAMED = 'no reason given';
const OTHERS = 'others';

/** What this reads of the operations. */
export type ErrorData = Pick<FilterData, 'columns' | 'errors'> & { readonly loaded: number };

/** Names and totals of classes, and to which of them a row belongs; -1: it took effect. */
export interface ErrorClasses {
  names: string[];
  totals: number[];
  /** How many of them certainly had no effect. */
  refused: number[];
  of(row: number): number;
}

/** `timeout` of `timeout: no answer within 5 s`. */
export function kindOf(error: string): string {
  const at = error.indexOf(': ');
  return at < 0 ? error : error.slice(0, at);
}

/** The classes of all rows there are. O(n). */
export function errorClasses({ columns, errors, loaded }: ErrorData): ErrorClasses {
  const kinds = [UNNAMED, NEVER];
  const at = new Map(kinds.map((kind, i) => [kind, i]));
  /** By number of the error, 0 for none. */
  const ofError = [
    0,
    ...errors.map((error) => {
      const kind = kindOf(error);
      let found = at.get(kind);
      if (found === undefined) at.set(kind, (found = kinds.push(kind) - 1));
      return found;
    }),
  ];
  const { kind, error } = columns;
  const totals = new Array<number>(kinds.length).fill(0);
  const raw = (row: number): number => ((kind[row]! & 3) === 3 ? 1 : ofError[error[row]!]!);
  const refused = new Array<number>(kinds.length).fill(0);
  for (let row = 0; row < loaded; row++) {
    const outcome = kind[row]! & 3;
    if (outcome === 0) continue;
    totals[raw(row)]!++;
    if (outcome === 1) refused[raw(row)]!++;
  }
  const order = totals.map((_, i) => i).filter((i) => totals[i]! > 0);
  order.sort((a, b) => totals[b]! - totals[a]!);
  const kept = order.length > MOST ? order.slice(0, MOST - 1) : order;
  const left = order.slice(kept.length);
  const lanes = new Array<number>(kinds.length).fill(kept.length);
  for (const [lane, i] of kept.entries()) lanes[i] = lane;
  /** Of the classes that are kept, and of all others together. */
  const gathered = (of: readonly number[]): number[] => [
    ...kept.map((i) => of[i]!),
    ...(left.length > 0 ? [left.reduce((sum, i) => sum + of[i]!, 0)] : []),
  ];
  return {
    names: [...kept.map((i) => kinds[i]!), ...(left.length > 0 ? [OTHERS] : [])],
    totals: gathered(totals),
    refused: gathered(refused),
    of: (row) => ((kind[row]! & 3) === 0 ? -1 : lanes[raw(row)]!),
  };
}
