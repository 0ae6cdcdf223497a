/**
 * Locks: every pair of grants, and every pair of tokens.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import { byKey, type Charge, field, type Oracle, ofClients, type PlainOp } from './plain.ts';

/** Failures of a release that end a hold all the same. */
const ENDED: readonly (string | null)[] = ['not-held', 'not-owner', 'expired', 'precondition-failed'];

/** The oracle of `lock`. O(n^3). */
export const lockOracle: Oracle = {
  charges(ops, options) {
    const events = ops.flatMap((op) => [
      { at: op.at, ns: op.fromNs },
      ...(op.done === Number.POSITIVE_INFINITY ? [] : [{ at: op.done, ns: op.toNs }]),
    ]);
    return byKey(ofClients(ops, 'acquire', 'renew', 'release', 'write')).flatMap((of) => [
      ...overlapping(of, events, options),
      ...(options['fencing'] === false ? [] : tokens(of)),
    ]);
  },
};

interface Event {
  at: number;
  ns: number;
}

function overlapping(ops: readonly PlainOp[], events: readonly Event[], options: CheckerOptions): Charge[] {
  const granted = ops.filter(
    (op) => ['acquire', 'renew'].includes(op.f) && op.outcome === 'ok' && op.answer !== false,
  );
  /** Is it certain that this grant was still held just after that event? */
  const holds = (grant: PlainOp, at: number): boolean => {
    const released = ops.some(
      (op) =>
        op.f === 'release' &&
        (op.process === grant.process ? op.at > grant.at || shows(op, grant) : shows(op, grant)) &&
        op.at <= at &&
        (op.outcome !== 'fail' || ENDED.includes(op.error)),
    );
    const endNs = leaseEnd(grant, options);
    return !released && !events.some((event) => event.at <= at && event.ns >= endNs);
  };
  return granted.flatMap((later) =>
    granted
      .filter((earlier) => ownerOf(earlier, granted) !== ownerOf(later, granted) && earlier.done < later.done)
      .filter((earlier) => holds(earlier, later.done) && holds(later, later.done))
      .map((earlier) => ({
        kind: [earlier, later].some((grant) => ttlMs(grant, options) !== null)
          ? 'lease-overlap'
          : 'two-holders',
      })),
  );
}

/** A release with the token of a grant, which may have come after it. */
function shows(release: PlainOp, grant: PlainOp): boolean {
  const token = tokenOf(grant);
  return (
    token !== null && tokenOf(release) === token && (release.outcome === 'info' || release.done > grant.at)
  );
}

/** Whom the token of a renewal was granted to first; else who acquired. */
function ownerOf(grant: PlainOp, granted: readonly PlainOp[]): number {
  const token = tokenOf(grant);
  if (grant.f === 'acquire' || token === null) return grant.process;
  return granted.find((other) => tokenOf(other) === token)!.process;
}

function tokenOf(op: PlainOp): number | null {
  if (op.f === 'acquire' && typeof op.answer === 'number') return op.answer;
  const named = [op.answer, op.value].map((value) => field(value, 'token'));
  return (named.find((value) => typeof value === 'number') as number | undefined) ?? null;
}

function ttlMs(grant: PlainOp, options: CheckerOptions): number | null {
  const named = [grant.answer, grant.value].map((value) => field(value, 'ttlMs'));
  const own = named.find((value) => typeof value === 'number') ?? options['ttlMs'];
  return typeof own === 'number' ? own : null;
}

/** The earliest time at which the lease can be over. */
function leaseEnd(grant: PlainOp, options: CheckerOptions): number {
  const ttl = ttlMs(grant, options);
  if (ttl === null) return Number.POSITIVE_INFINITY;
  const drift = Number(options['clockDrift'] ?? 0);
  return grant.fromNs + ttl * 1e6 * (1 - drift) - Number(options['clockSkewMs'] ?? 0) * 1e6;
}

function tokens(ops: readonly PlainOp[]): Charge[] {
  const held = ops.flatMap((op) => {
    if (op.outcome !== 'ok' || !['acquire', 'write'].includes(op.f)) return [];
    const token = tokenOf(op);
    return token === null ? [] : [{ op, token }];
  });
  return held.flatMap((later) =>
    held
      .filter((earlier) => earlier.op !== later.op && earlier.op.f === later.op.f)
      .flatMap((earlier) => {
        const grant = later.op.f === 'acquire';
        if (earlier.op.done < later.op.at && later.token < earlier.token) {
          return [{ kind: grant ? 'token-went-back' : 'stale-token-accepted' }];
        }
        const reused = grant && later.token === earlier.token && later.op.process !== earlier.op.process;
        return reused ? [{ kind: 'token-reused' }] : [];
      }),
  );
}
