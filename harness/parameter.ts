/**
 * How plug-ins describe their parameters, and what checkers are given: plain data in both directions.
 */
import type { Json } from './op.ts';

/** Where a parameter of a plug-in is described: shown by `describe`, checked by config. */
export interface ParameterSpec {
  summary: string;
  /** `null` means: drawn at plan time, or not used; `type` then says what may be given. */
  default: Json;
  choices?: readonly Json[];
  type?: 'number' | 'boolean' | 'string' | 'list' | 'map';
  /** Bounds of a number, both inclusive. */
  min?: number;
  max?: number;
}

/** Everything a checker may know besides the history; plain data, so that it can cross to a worker. */
export interface CheckerOptions {
  [name: string]: Json;
}
