/**
 * Locks and leases: two owners never hold one lock at once, fencing tokens only grow, and a guarded resource
 * that has seen a token accepts no older one.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import { type History, INVOKE, NONE, OK } from '../../harness/history/history.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import {
  both,
  clientCalls,
  Evidence,
  type Finding,
  Meter,
  NEVER,
  outcomeCode,
  step,
  who,
} from '../evidence.ts';
import { booleanOption, numberOption } from '../options.ts';
import { RunningMax } from '../running-max.ts';
import {
  fieldOf,
  hasOddToken,
  type LeaseTerms,
  type Overlap,
  overlaps,
  readHolds,
  tokenOf,
} from './holds.ts';

/** Judges `acquire`, `renew`, `release` and guarded `write`s, by key. Options: see the registry. O(n log n). */
export function lock(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const terms: LeaseTerms = {
    ttlNs: numberOption(options, 'ttlMs', Number.NaN) * 1e6,
    drift: numberOption(options, 'clockDrift', 0),
    skewNs: numberOption(options, 'clockSkewMs', 0) * 1e6,
  };
  const evidence = new Evidence(history);
  const meter = new Meter(budget);
  const holds = readHolds(history, terms);
  const proved = overlaps(holds, (hold) => hold.to);
  for (const overlap of proved) {
    const leased = history.pair(overlap.first.call) !== NONE && isLease(history, terms, overlap);
    evidence.add(leased ? 'lease-overlap' : 'two-holders', () => explainOverlap(history, overlap, leased));
  }
  meter.over(holds.length);
  const fencing = booleanOption(options, 'fencing', true);
  const { accepted, unreadable } = fencing ? judgeTokens(history, evidence, meter) : NO_TOKENS;
  // Held past its lease, by the owner's belief only: the service did nothing wrong, and only tokens help.
  const believed = overlaps(holds, (hold) => hold.released).length;
  const grants = clientCalls(history, 'acquire').filter((call) => outcomeCode(history, call) === OK).length;
  const stats = {
    grants,
    provedHolds: holds.filter((hold) => hold.to > hold.from).length,
    overlapsPastExpiry: Math.max(0, believed - proved.length),
    guardedWrites: accepted,
  };
  return evidence.conclude(stats, {
    stopped: meter.stopped,
    unsettled:
      unreadable === 0
        ? null
        : `fencing tokens that are no numbers below 2^53 (${unreadable}) were not compared; such numbers would settle it`,
    vacuous:
      grants === 0
        ? 'no acquire was acknowledged'
        : new Set(holds.map((hold) => hold.owner)).size < 2
          ? 'one process alone acquired'
          : null,
  });
}

function isLease(history: History, terms: LeaseTerms, { first, second }: Overlap): boolean {
  const leased = (call: number): boolean =>
    fieldOf(history, call, 'ttlMs') !== null || !Number.isNaN(terms.ttlNs);
  return leased(first.call) || leased(second.call);
}

function explainOverlap(history: History, { first, second }: Overlap, leased: boolean): Finding {
  const key = history.key(first.call);
  const object = key === undefined ? 'the lock' : `lock ${JSON.stringify(key)}`;
  const end =
    first.released !== NEVER && first.to === first.released
      ? 'it was released only later'
      : leased
        ? 'its lease could not be over yet'
        : 'it never released it';
  const steps = [
    step(history, first.call, `${who(history, first.call)} was granted ${object}.`),
    step(
      history,
      second.call,
      `${who(history, second.call)} was granted it while the first held it: ${end}.`,
    ),
  ];
  if (first.release !== NONE)
    steps.push(step(history, first.release, 'Only now did the first owner release it.'));
  return {
    sentence:
      `At most one owner may hold ${object} at a time, but ${who(history, first.call)} held it when it was ` +
      `granted to ${who(history, second.call)} as well; ${end}.`,
    steps,
    key,
    // The hold of the second owner ends here at the earliest.
    alsoOps: [
      ...(second.release === NONE ? [] : both(history, second.release)),
      ...[first, second].flatMap(({ call, grant }) => (grant === call ? [] : both(history, grant))),
    ],
  };
}

/** How many guarded writes were accepted, and how many tokens nobody can compare. */
interface Tokens {
  accepted: number;
  unreadable: number;
}

const NO_TOKENS: Tokens = { accepted: 0, unreadable: 0 };

/** Tokens of grants and of accepted writes, each against what was acknowledged before it began. */
function judgeTokens(history: History, evidence: Evidence, meter: Meter): Tokens {
  const { types, processes, fs, keys, pairs } = history.columns;
  const acquireF = history.names.find('acquire');
  const writeF = history.names.find('write');
  const grants = new Map<number, RunningMax>();
  const writes = new Map<number, RunningMax>();
  const holders = new Map<string, number>();
  let accepted = 0;
  let unreadable = 0;
  for (let i = 0; i < history.length && !meter.over(1); i++) {
    if (processes[i]! < 0 || (fs[i] !== acquireF && fs[i] !== writeF)) continue;
    const call = types[i] === INVOKE ? i : pairs[i]!;
    if (call === NONE || outcomeCode(history, call) !== OK) continue;
    const grant = fs[i] === acquireF;
    const token = tokenOf(history, call, grant);
    if (token === null) {
      if (call === i && hasOddToken(history, call, grant)) unreadable++;
      continue;
    }
    const of = runningMax(grant ? grants : writes, keys[call]!);
    if (call === i) {
      of.begin(call);
      continue;
    }
    const before = of.end(call, token);
    if (!grant) {
      accepted++;
      if (before.call !== NONE && token < before.value) {
        evidence.add('stale-token-accepted', () =>
          explainToken(history, before.call, before.value, call, token, false),
        );
      }
      continue;
    }
    const name = `${keys[call]} ${token}`;
    const holder = holders.get(name);
    if (holder === undefined) holders.set(name, call);
    if (before.call !== NONE && token < before.value) {
      evidence.add('token-went-back', () =>
        explainToken(history, before.call, before.value, call, token, true),
      );
    } else if (holder !== undefined && processes[holder] !== processes[call]) {
      evidence.add('token-reused', () => explainToken(history, holder, token, call, token, true));
    }
  }
  return { accepted, unreadable };
}

function runningMax(maxima: Map<number, RunningMax>, key: number): RunningMax {
  let of = maxima.get(key);
  if (of === undefined) maxima.set(key, (of = new RunningMax()));
  return of;
}

function explainToken(
  history: History,
  earlier: number,
  earlierToken: number,
  later: number,
  token: number,
  grant: boolean,
): Finding {
  const key = history.key(later);
  const object = `${grant ? 'lock' : 'resource'}${key === undefined ? '' : ` ${JSON.stringify(key)}`}`;
  const verb = grant ? 'was granted' : 'wrote with';
  const promise = grant
    ? `Fencing tokens of ${object} must grow with every grant`
    : `The guarded ${object} must refuse tokens older than one it accepted`;
  return {
    sentence:
      `${promise}, but after ${who(history, earlier)} ${verb} token ${earlierToken}, ${who(history, later)} ` +
      `${verb} token ${token}.`,
    steps: [
      step(history, earlier, `Token ${earlierToken} was ${grant ? 'granted' : 'accepted'}.`),
      step(history, later, `Token ${token} was ${grant ? 'granted' : 'accepted'} afterwards.`),
    ],
    key,
    detail: { tokens: [earlierToken, token] },
  };
}

/** The `lock` checker. */
export const lockChecker: Checker = {
  name: 'lock',
  summary: 'one holder at a time, leases that do not overlap, fencing tokens that only grow',
  options: {
    ttlMs: {
      summary: 'length of a lease, for acquires that do not say it; unset: held until released',
      default: null,
      type: 'number',
      min: 0,
    },
    clockSkewMs: { summary: "largest error of the service's clock", default: 0, min: 0 },
    clockDrift: { summary: "by what fraction the service's clock may run fast", default: 0, min: 0, max: 1 },
    fencing: { summary: 'numbers given by acquires are fencing tokens, which must grow', default: true },
  },
  reads: {
    acquire: 'acquire -> token or {token?, ttlMs?}, false: refused',
    renew: 'renew -> {ttlMs?}',
    release: 'release',
    write: 'write {token, ...} on the guarded resource',
  },
  anomalies: {
    'two-holders': 'a lock granted while it was held',
    'lease-overlap': 'a lease granted while another one surely lasted',
    'token-went-back': 'a fencing token smaller than one given before',
    'token-reused': 'a fencing token given twice',
    'stale-token-accepted': 'a write with an older token than one accepted before',
  },
  check: lock,
};
