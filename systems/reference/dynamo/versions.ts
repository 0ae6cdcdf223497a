/**
 * Values with their past, and how a replica keeps several: all that none of the others supersedes.
 */
import type { Json } from '../../../harness/op.ts';
import { type Dot, join, knows, NOTHING, type Past } from './causal.ts';

/** One written value. `stamp`: wall clock of the node that took it, ms. */
export interface Version {
  value: Json;
  dot: Dot;
  past: Past;
  stamp: number;
}

/** The versions of both that nothing in either supersedes. */
export function merged(a: readonly Version[], b: readonly Version[]): Version[] {
  const all = [...a];
  for (const version of b) if (!all.some((other) => sameDot(other, version))) all.push(version);
  return all.filter((version) => !all.some((other) => other !== version && knows(other.past, version.dot)));
}

/** The one version that the wall clock says is the last; none of none. */
export function lastWritten(versions: readonly Version[]): Version[] {
  const [first, ...rest] = versions;
  if (first === undefined) return [];
  return [rest.reduce((last, version) => (isLater(version, last) ? version : last), first)];
}

/** Everything behind these versions, themselves included. */
export function pastOf(versions: readonly Version[]): Past {
  return versions.reduce((past, version) => join(past, version.past, version.dot), NOTHING);
}

/** True when both sets hold the same writes. */
export function sameVersions(a: readonly Version[], b: readonly Version[]): boolean {
  return a.length === b.length && a.every((version) => b.some((other) => sameDot(version, other)));
}

function sameDot(a: Version, b: Version): boolean {
  return a.dot[0] === b.dot[0] && a.dot[1] === b.dot[1];
}

function isLater(a: Version, b: Version): boolean {
  if (a.stamp !== b.stamp) return a.stamp > b.stamp;
  return a.dot[0] === b.dot[0] ? a.dot[1] > b.dot[1] : a.dot[0] > b.dot[0];
}
