/**
 * What a witness is while it is made smaller.
 */
import type { Problem } from './problem.ts';

/** A small problem that is not linearizable from any of these states. */
export interface Core {
  problem: Problem;
  states: number[];
  /** It holds whatever came before; otherwise only from the state before everything. */
  fromAnyState: boolean;
  /** Operations invoked before this history index may have taken effect before the states. */
  from: number;
  /** Operations were left out that change the state, though not in a way that these can tell. */
  partial?: boolean;
}
