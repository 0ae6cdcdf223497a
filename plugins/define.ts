/**
 * What a module of the user's own exports by default: one of the four contracts, told apart by what each must have.
 * The functions return what they are given; they are there for the types, and for editors.
 */
import type { Checker } from '../checkers/contract.ts';
import type { Fault, System } from '../harness/contracts.ts';
import type { Workload } from '../harness/workload.ts';

/** What can be plugged in, by the word for one of it. */
export interface PluginOf {
  system: System;
  workload: Workload;
  fault: Fault;
  checker: Checker;
}

/** `system`, `workload`, `fault` or `checker`. */
export type PluginKind = keyof PluginOf;

/** The kinds, in the order in which they are listed. */
export const PLUGIN_KINDS: readonly PluginKind[] = ['system', 'workload', 'fault', 'checker'];

/** Names of systems of your own are those of a program under test: how it is started, and spoken to. */
export function defineSystem(system: System): System {
  return system;
}

/** What clients do, and the checkers that judge it. */
export function defineWorkload(workload: Workload): Workload {
  return workload;
}

/** One way to hurt a cluster, and how it is undone. */
export function defineFault(fault: Fault): Fault {
  return fault;
}

/** A pure function from a history to a verdict. */
export function defineChecker(checker: Checker): Checker {
  return checker;
}
