/**
 * Every oracle by the name of its checker.
 */
import { bankOracle } from './bank.ts';
import { broadcastOracle } from './broadcast.ts';
import { counterOracle } from './counter.ts';
import { electionLivenessOracle, electionSafetyOracle } from './election.ts';
import { exactlyOnceOracle } from './exactly-once.ts';
import { kafkaOracle } from './kafka.ts';
import { lockOracle } from './lock.ts';
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
  'unique-ids': uniqueIdsOracle,
  echo: echoOracle,
  'election-safety': electionSafetyOracle,
  'split-brain': { ...electionSafetyOracle, knows: ['split-brain'] },
  'election-liveness': electionLivenessOracle,
};
