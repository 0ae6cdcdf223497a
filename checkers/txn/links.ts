/**
 * Links: the pairs of micro-operations behind the dependencies between two transactions. Nothing about an edge
 * is stored; whoever needs its reason, or its place inside a transaction, asks for its links again.
 */
import type { Txns } from './txns.ts';

/** Why one transaction comes before another. */
export interface Reason {
  /** Dense key number; -1 for order in time. */
  key: number;
  text: string;
}

/** Finds a concrete reason for an edge in the history itself; null means the edge is not justified. */
export type FindReason = (kind: number, from: number, to: number) => Reason | null;

/**
 * Calls `take` with mop a of `from` and mop b of `to` that make an edge of this kind, until it answers true.
 * Kinds of time have no links.
 */
export type Links = (
  kind: number,
  from: number,
  to: number,
  take: (a: number, b: number) => boolean | undefined,
) => void;

/** Says why mop a of one transaction comes before mop b of another. */
export type LinkWords = (kind: number, a: number, b: number) => string;

/** Reasons from links: the first one in words. */
export function reasonsFrom(txns: Txns, links: Links, words: LinkWords): FindReason {
  return (kind, from, to) => {
    const found: Reason[] = [];
    links(kind, from, to, (a, b) => {
      found.push({ key: txns.key[a]!, text: words(kind, a, b) });
      return true;
    });
    return found[0] ?? null;
  };
}

/** Last mop of `from` that makes the edge, by what it read; -1 when there is no link. */
export function lastFrom(links: Links, kind: number, from: number, to: number): number {
  let last = -1;
  links(kind, from, to, (a) => {
    if (a > last) last = a;
    return false;
  });
  return last;
}

/** First mop of `to` the edge leads to; -1 when there is no link. */
export function firstTo(links: Links, kind: number, from: number, to: number): number {
  let first = -1;
  links(kind, from, to, (_, b) => {
    if (first < 0 || b < first) first = b;
    return false;
  });
  return first;
}
