/**
 * Every checker by the name plans, configs and the command line use.
 */
import type { Checker } from './contract.ts';
import { electionSafetyChecker, splitBrainChecker } from './election-safety.ts';
import { statsChecker } from './stats.ts';

/** All checkers. */
export const CHECKERS = {
  'election-safety': electionSafetyChecker,
  'split-brain': splitBrainChecker,
  stats: statsChecker,
} satisfies Record<string, Checker>;

/** Name of a checker that exists. */
export type CheckerName = keyof typeof CHECKERS;
