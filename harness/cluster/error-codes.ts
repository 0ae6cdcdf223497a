/**
 * The error codes of the Maelstrom protocol: which of them promise that the operation had no effect. A code
 * that is not listed promises nothing.
 */
import { OpFailure } from '../contracts.ts';
import type { Json, OpError } from '../op.ts';

/** What an error code means. */
export interface ErrorCode {
  kind: string;
  definite: boolean;
}

/** The codes with a meaning of their own, by number. */
export const ERROR_CODES: Readonly<Record<number, ErrorCode>> = {
  0: { kind: 'timeout', definite: false },
  1: { kind: 'node-not-found', definite: true },
  10: { kind: 'not-supported', definite: true },
  11: { kind: 'temporarily-unavailable', definite: true },
  12: { kind: 'malformed-request', definite: true },
  13: { kind: 'crash', definite: false },
  14: { kind: 'abort', definite: true },
  20: { kind: 'key-does-not-exist', definite: true },
  21: { kind: 'key-already-exists', definite: true },
  22: { kind: 'precondition-failed', definite: true },
  30: { kind: 'txn-conflict', definite: true },
};

/** What an error reply says; unknown codes are indefinite, of kind `error-<code>`. */
export function errorOf(body: Record<string, Json>): OpError {
  const code = body['code'];
  const known = typeof code === 'number' ? ERROR_CODES[code] : undefined;
  const text = body['text'];
  const definite = known?.definite ?? false;
  const kind = known?.kind ?? `error-${typeof code === 'number' ? code : 'without-code'}`;
  return typeof text === 'string' ? { definite, kind, message: text } : { definite, kind };
}

/** The same as what a client throws. */
export function failureOf(body: Record<string, Json>): OpFailure {
  return new OpFailure(errorOf(body));
}
