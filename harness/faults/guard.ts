/**
 * Calls a fault's code without trusting it: a deadline, an answer of the right shape, and never a throw. What
 * goes wrong becomes failed evidence in words, because a fault that misbehaves must not take the run with it.
 */
import type { Evidence } from '../contracts.ts';
import { after } from '../time.ts';

/** How a guarded call ended. */
export interface Guarded {
  evidence: Evidence;
  /** Present when the call had not answered by then: it may still do something later, and settles with it. */
  straggler?: Promise<void>;
}

/**
 * Runs `act` with a signal that aborts after `timeoutMs` or with `outer`. Resolves as soon as the call answers or
 * the signal aborts, whichever is first; never rejects.
 */
export async function guarded(
  what: string,
  timeoutMs: number,
  outer: AbortSignal | undefined,
  act: (signal: AbortSignal) => Promise<Evidence>,
): Promise<Guarded> {
  const controller = new AbortController();
  const timer = after(timeoutMs, () =>
    controller.abort(new Error(`${what} took longer than ${timeoutMs} ms`)),
  );
  const signal = outer === undefined ? controller.signal : AbortSignal.any([controller.signal, outer]);
  let answered = false;
  const work = answer(what, signal, act).finally(() => {
    answered = true;
  });
  const evidence = await Promise.race([work, aborted(signal)]);
  timer.cancel();
  return answered ? { evidence: await work } : { evidence, straggler: work.then(() => undefined) };
}

async function answer(
  what: string,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<Evidence>,
): Promise<Evidence> {
  try {
    const evidence: unknown = await act(signal);
    const flaw = evidenceFlaw(evidence);
    return flaw === null ? (evidence as Evidence) : failure(`${what} answered ${flaw}`);
  } catch (error) {
    return failure(`${what}: ${messageOf(error)}`);
  }
}

function aborted(signal: AbortSignal): Promise<Evidence> {
  return new Promise((resolve) => {
    const give = (): void => resolve(failure(messageOf(signal.reason)));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}

/** Evidence of something that went wrong in the harness or in a fault, not in the system under test. */
export function failure(reason: string): Evidence {
  return { state: 'failed', bit: false, summary: reason, measures: {} };
}

/** Evidence of something that did not apply: nothing was done. */
export function skip(reason: string): Evidence {
  return { state: 'skipped', bit: null, summary: reason, measures: {} };
}

/** Words of a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is wrong with the shape of evidence, as a clause; null when nothing is. */
export function evidenceFlaw(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'no evidence';
  const { state, bit, summary, measures } = value as Partial<Record<keyof Evidence, unknown>>;
  if (state !== 'installed' && state !== 'skipped' && state !== 'failed') return 'evidence without a state';
  if (bit !== null && typeof bit !== 'boolean') return 'evidence that does not say whether it bit';
  if (typeof summary !== 'string' || summary === '') return 'evidence without a summary';
  if (typeof measures !== 'object' || measures === null || Array.isArray(measures)) {
    return 'evidence without measures';
  }
  return null;
}
