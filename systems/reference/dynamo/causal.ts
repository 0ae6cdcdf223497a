/**
 * Which writes a value has behind it: version vectors with exceptions. A write is a dot, the n-th of its node to
 * one key. Plain vectors kept by servers cannot tell two writes through one node apart (Preguiça and others,
 * "Dotted Version Vectors", 2010): knowing the fifth does not mean knowing the fourth.
 */

/** One write: the node that took it, and its number there, from 1. */
export type Dot = [node: string, n: number];

/** A set of dots: all up to `upTo` of each node, and single ones beyond. */
export interface Past {
  upTo: { [node: string]: number };
  beyond: Dot[];
}

/** Knows nothing. */
export const NOTHING: Past = { upTo: {}, beyond: [] };

/** True when the write is in the past. */
export function knows(past: Past, [node, n]: Dot): boolean {
  return n <= (past.upTo[node] ?? 0) || past.beyond.some(([other, m]) => other === node && m === n);
}

/** Everything that either knows, and these dots. */
export function join(a: Past, b: Past, ...dots: Dot[]): Past {
  const upTo = { ...a.upTo };
  for (const [node, n] of Object.entries(b.upTo)) upTo[node] = Math.max(upTo[node] ?? 0, n);
  const beyond: Dot[] = [];
  const rest = [...a.beyond, ...b.beyond, ...dots].sort((x, y) =>
    x[0] === y[0] ? x[1] - y[1] : x[0] < y[0] ? -1 : 1,
  );
  for (const [node, n] of rest) {
    const top = upTo[node] ?? 0;
    if (n === top + 1) upTo[node] = n;
    else if (n > top && !beyond.some(([other, m]) => other === node && m === n)) beyond.push([node, n]);
  }
  return { upTo, beyond };
}
