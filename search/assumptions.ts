/**
 * Faults that systems do not promise to survive, and workloads whose promise they do not make: a failure there
 * shows nothing, so the search leaves them out unless they are asked for.
 */
import { UsageError } from '../harness/registry.ts';

/** Lies and intruders: only who is asked to is searched with them, and a listener does nothing by itself. */
const NOBODY_SURVIVES: readonly string[] = ['byzantine', 'forge', 'replay', 'eavesdrop'];

/** Faults by system; others are survived by everybody. */
const NOT_SURVIVED: Readonly<Record<string, readonly string[]>> = {
  // No quorum: whoever does not hear the leader in time elects another.
  bully: ['partition', 'pause', 'latency', 'loss', 'reset', 'reorder', 'bandwidth', 'slow', 'disk'],
  ring: ['partition', 'pause', 'latency', 'loss', 'reset', 'reorder', 'bandwidth', 'slow', 'disk'],
  // Rounds of fixed length over a network that loses nothing: only clocks and disks do not matter.
  'oral-messages': [
    ...['partition', 'kill', 'pause', 'latency', 'loss'],
    ...['duplicate', 'reorder', 'reset', 'bandwidth', 'slow'],
  ],
  // Order by clock: a clock that is behind loses writes.
  lww: ['clock'],
};

/** The faults among these that a system promises to survive. */
export function survivedBy(system: string, faults: readonly string[]): string[] {
  const not = NOT_SURVIVED[system] ?? [];
  return faults.filter((fault) => !not.includes(fault) && !NOBODY_SURVIVES.includes(fault));
}

/** Workloads by system that it answers without promising anything. */
const NOT_PROMISED: Readonly<Record<string, readonly string[]>> = {
  // Every leader keeps its own set, and loses it with the lead.
  bully: ['set'],
  // What the node of somebody's own answers is known to them alone: without a word these are left out.
  module: [
    'broadcast',
    'g-counter',
    'pn-counter',
    'list-append',
    'rw-register',
    'last-write',
    'lock',
    'or-set',
    'cart',
    'queue',
    'requests',
    'predicate',
  ],
};

/** The workloads among these whose promise a system makes. */
export function promisedBy(system: string, workloads: readonly string[]): string[] {
  const not = NOT_PROMISED[system] ?? [];
  return workloads.filter((workload) => !not.includes(workload));
}

/** Numbers of nodes to draw from: three and five, but four where three bear no fault, and where a fifth helps nothing. */
export function sizesOf(system: string): readonly number[] {
  if (system === 'pbft') return [4];
  return system === 'oral-messages' ? [4, 5] : [3, 5];
}

/** Throws `UsageError` for fewer nodes than a system needs to bear a single fault at all. */
export function checkSize(system: string, nodes: number): void {
  const fewest = Math.min(...sizesOf(system));
  if (fewest > 3 && nodes < fewest) {
    throw new UsageError(`${system} promises nothing with ${nodes} nodes: it needs ${fewest} or more`);
  }
}

/** Systems that take silence for death: they promise nothing where networks and disks are slow. */
const TIMELY: readonly string[] = ['bully', 'ring', 'oral-messages'];

/** True for a system that only promises something while messages arrive in time. */
export function needsTime(system: string): boolean {
  return TIMELY.includes(system);
}
