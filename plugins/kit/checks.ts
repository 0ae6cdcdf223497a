/**
 * What a kit is made of: named checks that resolve when they hold and say what does not. They need no test runner.
 */
import { isDeepStrictEqual } from 'node:util';

/** One promise of a contract. */
export interface KitCheck {
  name: string;
  /** Resolves when it is kept; throws `KitFailure` when it is not. */
  run(): Promise<void>;
}

/** A promise that is not kept, in a sentence. */
export class KitFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KitFailure';
  }
}

/** Throws `KitFailure` unless it holds. */
export function demand(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new KitFailure(sentence);
}

/** Throws `KitFailure` unless both are deeply equal. */
export function demandSame(got: unknown, wanted: unknown, what: string): void {
  demand(isDeepStrictEqual(got, wanted), `${what}: ${shortly(got)} is not ${shortly(wanted)}`);
}

/** Throws `KitFailure` for what does not survive as JSON. */
export function demandPlain(value: unknown, what: string): void {
  let copy: unknown;
  try {
    copy = JSON.parse(JSON.stringify(value));
  } catch (error) {
    throw new KitFailure(`${what} is not plain JSON: ${messageOf(error)}`);
  }
  demandSame(copy, value, `${what} is not plain JSON`);
}

/** The check of this name; it may be asynchronous. */
export function checkOf(name: string, run: () => unknown): KitCheck {
  return {
    name,
    run: async () => {
      await run();
    },
  };
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A value in a few words. */
export function shortly(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}
