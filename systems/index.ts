/**
 * The systems by name: one literal line each.
 */
import type { System } from '../harness/contracts.ts';
import { bully } from './bully.ts';
import { raft } from './raft.ts';

/** Systems that need no configuration of their own; `command` and `maelstrom` are made from a config. */
export const systems: Readonly<Record<string, System>> = {
  bully,
  raft,
};
