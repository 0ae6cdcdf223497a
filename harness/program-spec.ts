/**
 * What a node is started as, and how to find out that it is ready. Plain data: backends make processes, containers and
 * processes of other machines of it.
 */

/** A program to start for one node. */
export interface ProgramSpec {
  file: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** It will not run as root: where everything else does, it is started as somebody else. */
  ordinaryUser?: boolean;
  /** Asks it to end; default SIGTERM. */
  stopSignal?: string;
  /** Files of this machine it needs; where nodes are on others they are copied there, and words that name them changed. */
  uploads?: readonly string[];
  /** Readiness of this node, where it differs from node to node; default that of the system. */
  ready?: ReadyProbe;
}

/** How to find out that a node is ready. */
export type ReadyProbe =
  | { kind: 'init' }
  | { kind: 'tcp'; port?: string }
  | { kind: 'http'; port?: string; path: string; status?: number }
  | { kind: 'log'; pattern: string }
  | { kind: 'command'; file: string; args: string[] }
  | { kind: 'none' };
