/**
 * Every checker by the name plans, configs and the command line use.
 */
import { availabilityChecker } from './availability.ts';
import { bankChecker } from './bank.ts';
import { bounded } from './bounded.ts';
import { broadcastChecker } from './broadcast.ts';
import { agreementChecker } from './byzantine/agreement.ts';
import { equivocationChecker } from './byzantine/equivocation.ts';
import { causalReverseChecker } from './causal-reverse.ts';
import { hybridClockChecker } from './clocks/hybrid-clock.ts';
import { lamportClockChecker } from './clocks/lamport-clock.ts';
import { lastWriteWinsChecker } from './clocks/last-write-wins.ts';
import { siblingsChecker } from './clocks/siblings.ts';
import { vectorClockChecker } from './clocks/vector-clock.ts';
import type { Checker } from './contract.ts';
import { counterChecker } from './counter.ts';
import { crashesChecker } from './crashes.ts';
import { detectorChecker } from './detector.ts';
import { echoChecker } from './echo.ts';
import { electionLivenessChecker } from './election-liveness.ts';
import { electionSafetyChecker, splitBrainChecker } from './election-safety.ts';
import { eventualSetChecker } from './eventual-set.ts';
import { exactlyOnceChecker } from './exactly-once.ts';
import { g2Checker } from './g2.ts';
import { integrityChecker } from './integrity.ts';
import { kafkaChecker } from './kafka/kafka.ts';
import { linearizableChecker } from './linearizable/linearizable.ts';
import { lockChecker } from './lock/lock.ts';
import { leaderCompletenessChecker } from './log/leader-completeness.ts';
import { logMatchingChecker } from './log/log-matching.ts';
import { stateMachineSafetyChecker } from './log/state-machine-safety.ts';
import { logsChecker } from './logs.ts';
import { longForkChecker } from './long-fork.ts';
import { messageComplexityChecker } from './message-complexity.ts';
import { monotonicChecker } from './monotonic.ts';
import { ORACLES } from './oracles/index.ts';
import { verified } from './oracles/verified.ts';
import { queueChecker } from './queue.ts';
import { readYourDeletesChecker } from './read-your-deletes.ts';
import { sequentialChecker } from './sequential.ts';
import { setFullChecker } from './set-full.ts';
import { statsChecker } from './stats.ts';
import { listAppendChecker } from './txn/list-append.ts';
import { rwRegisterChecker } from './txn/rw-register.ts';
import { uniqueIdsChecker } from './unique-ids.ts';
import { causalChecker, readAtomicChecker, readCommittedChecker } from './weak/checkers.ts';
import { sequentialConsistencyChecker } from './weak/sequential-consistency.ts';
import { sessionGuaranteesChecker } from './weak/session-guarantees.ts';

const ALL = {
  linearizable: linearizableChecker,
  'election-safety': electionSafetyChecker,
  'split-brain': splitBrainChecker,
  'election-liveness': electionLivenessChecker,
  'log-matching': logMatchingChecker,
  'leader-completeness': leaderCompletenessChecker,
  'state-machine-safety': stateMachineSafetyChecker,
  'set-full': setFullChecker,
  'eventual-set': eventualSetChecker,
  counter: counterChecker,
  queue: queueChecker,
  bank: bankChecker,
  kafka: kafkaChecker,
  broadcast: broadcastChecker,
  'exactly-once': exactlyOnceChecker,
  integrity: integrityChecker,
  'list-append': listAppendChecker,
  'rw-register': rwRegisterChecker,
  g2: g2Checker,
  lock: lockChecker,
  monotonic: monotonicChecker,
  sequential: sequentialChecker,
  'causal-reverse': causalReverseChecker,
  'long-fork': longForkChecker,
  'read-your-deletes': readYourDeletesChecker,
  'unique-ids': uniqueIdsChecker,
  echo: echoChecker,
  causal: causalChecker,
  'read-atomic': readAtomicChecker,
  'read-committed': readCommittedChecker,
  'session-guarantees': sessionGuaranteesChecker,
  'sequential-consistency': sequentialConsistencyChecker,
  'lamport-clock': lamportClockChecker,
  'vector-clock': vectorClockChecker,
  'hybrid-clock': hybridClockChecker,
  'last-write-wins': lastWriteWinsChecker,
  siblings: siblingsChecker,
  agreement: agreementChecker,
  equivocation: equivocationChecker,
  detector: detectorChecker,
  'message-complexity': messageComplexityChecker,
  stats: statsChecker,
  availability: availabilityChecker,
  crashes: crashesChecker,
  logs: logsChecker,
} satisfies Record<string, Checker>;

/** All checkers, each within its budget also while it reads, and what they find looked at again. */
export const CHECKERS = Object.fromEntries(
  Object.entries(ALL).map(([name, checker]) => [name, verified(bounded<Checker>(checker), ORACLES[name])]),
) as { readonly [Name in keyof typeof ALL]: Checker };

/** Name of a checker that exists. */
export type CheckerName = keyof typeof CHECKERS;
