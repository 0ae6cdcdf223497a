/**
 * `import 'faultline/vitest'`: adds the matchers to vitest's `expect` and their types to its `Assertion`.
 * The only file that needs vitest, which is an optional peer of the package.
 */
// Twice: only an import without names stays in the declarations, which augment what it loads.
import 'vitest';
import { expect } from 'vitest';
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { AnyCustomModel } from '../models/define.ts';
import type { ModelName } from '../models/registry.ts';
import {
  type Promised,
  toBeLinearizable,
  toHaveOneLeaderPerTerm,
  toLoseNoWrites,
  toSatisfy,
} from './matchers.ts';

export type { Promised } from './matchers.ts';
export type { HistorySubject, TestOp } from './subject.ts';

/** A path has to be read first: await the expectation. Anything else is judged at once. */
// biome-ignore lint/suspicious/noConfusingVoidType: only ever what a matcher returns
export type Answered<T> = T extends string ? Promise<void> : void;

/** What `expect(history)` can be asked. */
export interface HistoryMatchers<T = unknown> {
  /**
   * Every operation seems to take effect at one instant between invocation and completion. `model` defaults to
   * what the functions called suggest, else `cas-register`; it may be one of your own (`defineModel`). `options`
   * are those of the linearizable checker.
   */
  toBeLinearizable(model?: ModelName | AnyCustomModel, options?: CheckerOptions): Answered<T>;
  /** No two nodes lead in one term, as observed or as told by accepted commands. */
  toHaveOneLeaderPerTerm(): Answered<T>;
  /** No acknowledged write is lost. */
  toLoseNoWrites(): Answered<T>;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest declares it so, and declarations must agree
  interface Assertion<T = any> extends HistoryMatchers<T> {
    /** A checker or a consistency model by name, or a checker of one's own; a function works as without faultline. */
    toSatisfy: {
      // biome-ignore lint/suspicious/noExplicitAny: as vitest's own
      (matcher: (value: any) => boolean, message?: string): any;
      (promised: Promised, options?: CheckerOptions): Answered<T>;
    };
  }
}

expect.extend({ toBeLinearizable, toSatisfy, toHaveOneLeaderPerTerm, toLoseNoWrites });
