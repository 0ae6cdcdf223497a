/**
 * How the processes of a cluster are started, seen and ended. Usually the machine does it; in virtual time a
 * stepper stands between, and neither process ids nor signals mean anything to who reads the history.
 */
import type { NodeId, ProgramSpec } from '../contracts.ts';
import { signal } from './proc.ts';
import {
  forget,
  killTree,
  livingTree,
  type Plumbing,
  type RunningProcess,
  startProcess,
} from './processes.ts';

/** A way to a node that faults leave alone. */
export interface Probing {
  /** The address questions come from; absent: any. */
  localAddress?: string;
  /** The port the next question comes from; absent: any. */
  localPort?(): number;
  /**
   * Where a port of the node is from here; absent: at the node's own address. Behind it a forwarder may accept what the
   * node would not.
   */
  at?(port: number): { host: string; port: number };
  /** The words that run a program where the node is. */
  words(file: string, args: readonly string[]): [string, ...string[]];
  /** Runs a program where the node is, where that takes more than words: true when it ends well. */
  run?(file: string, args: readonly string[], signal: AbortSignal): Promise<boolean>;
}

/** Freezes all processes of a node, or lets them run again; tells which, and whether they are as they should be. */
export type Freezing = (frozen: boolean) => Promise<{ pids: number[]; reached: boolean }>;

/** What supervisors and fleets ask for. All but `start` are synchronous. */
export interface ProcessHost {
  /** As `startProcess`. */
  start(
    node: NodeId,
    program: ProgramSpec,
    environment: Record<string, string>,
    plumbing: Plumbing,
    onSpawn: (pid: number, startTicks: number) => void,
  ): Promise<RunningProcess>;
  /** Ids of the living processes of a tree, leader first; always empty where ids mean nothing. */
  living(process: RunningProcess): number[];
  /** Ends a whole tree at once; returns the ids it hit. */
  kill(process: RunningProcess): number[];
  /** Asks a whole tree to end, paused or not. */
  ask(process: RunningProcess, name: NodeJS.Signals): void;
  /** Drops what is known of a tree that has ended. */
  forget(process: RunningProcess): void;
  /** How a node is asked whether it is ready, so that no fault of the network can look like a dead node. */
  probing?(node: NodeId): Probing;
  /** How a process is paused where signals do not reach it; null: they do. Absent: they always do. */
  freezing?(process: RunningProcess): Freezing | null;
  /** Keeps a process from running, or lets it run again; absent: signals do it. */
  hold?(process: RunningProcess, held: boolean): void;
}

/** The processes of this machine. */
export const MACHINE: ProcessHost = {
  start: (_node, program, environment, plumbing, onSpawn) =>
    startProcess(program, environment, plumbing, onSpawn),
  living: (process) => livingTree(process),
  kill: (process) => killTree(process),
  ask: (process, name) => {
    for (const pid of livingTree(process)) {
      signal(pid, name);
      signal(pid, 'SIGCONT');
    }
  },
  forget: (process) => forget(process.pid),
};
