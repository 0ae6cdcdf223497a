/**
 * Every oracle by the name of its checker.
 */
import { bankOracle } from './bank.ts';
import { broadcastOracle } from './broadcast.ts';
import { agreementOracle, equivocationOracle } from './byzantine.ts';
import { hybridClockOracle, lamportClockOracle, vectorClockOracle } from './clocks.ts';
import { counterOracle } from './counter.ts';
import { detectorOracle } from './detector.ts';
import { electionLivenessOracle, electionSafetyOracle } from './election.ts';
import { eventualSetOracle, lastWriteWinsOracle, siblingsOracle } from './eventual.ts';
import { exactlyOnceOracle } from './exactly-once.ts';
import { integrityOracle } from './integrity.ts';
import { kafkaOracle } from './kafka.ts';
import { lockOracle } from './lock.ts';
import { leaderCompletenessOracle, logMatchingOracle, stateMachineSafetyOracle } from './logs.ts';
import { longForkOracle } from './long-fork.ts';
import { messageComplexityOracle } from './message-complexity.ts';
import {
  causalReverseOracle,
  g2Oracle,
  monotonicOracle,
  readYourDeletesOracle,
  sequentialOracle,
} from './order.ts';
import type { Oracle } from './plain.ts';
import { queueOracle } from './queue.ts';
import { setFullOracle } from './set-full.ts';
import { echoOracle, uniqueIdsOracle } from './single-answers.ts';

/** Checkers that are not here have their own second look, or none to take. */
export const ORACLES: Readonly<Record<string, Oracle>> = {
  'set-full': setFullOracle,
  counter: counterOracle,
  queue: queueOracle,
  bank: bankOracle,
  lock: lockOracle,
  kafka: kafkaOracle,
  broadcast: broadcastOracle,
  'exactly-once': exactlyOnceOracle,
  integrity: integrityOracle,
  'unique-ids': uniqueIdsOracle,
  echo: echoOracle,
  'election-safety': electionSafetyOracle,
  'split-brain': { ...electionSafetyOracle, knows: ['split-brain'] },
  'election-liveness': electionLivenessOracle,
  'log-matching': logMatchingOracle,
  'leader-completeness': leaderCompletenessOracle,
  'state-machine-safety': stateMachineSafetyOracle,
  'eventual-set': eventualSetOracle,
  g2: g2Oracle,
  monotonic: monotonicOracle,
  sequential: sequentialOracle,
  'causal-reverse': causalReverseOracle,
  'long-fork': longForkOracle,
  'read-your-deletes': readYourDeletesOracle,
  'lamport-clock': lamportClockOracle,
  'vector-clock': vectorClockOracle,
  'hybrid-clock': hybridClockOracle,
  'last-write-wins': lastWriteWinsOracle,
  siblings: siblingsOracle,
  agreement: agreementOracle,
  equivocation: equivocationOracle,
  detector: detectorOracle,
  'message-complexity': messageComplexityOracle,
};
