/**
 * Reference programs by name: what can be set, which bugs can be switched on, how to make one. What a program
 * may do is in harness/program.ts, and here again under the names that programs use.
 */
import type { Program } from '../../harness/program.ts';

export type {
  Body,
  DurableLog,
  Envelope,
  NodeHandle,
  Program,
  Request,
  Storage,
} from '../../harness/program.ts';

/** A numeric or boolean setting of a program. */
export interface Setting {
  summary: string;
  default: number | boolean;
}

/** What a program is told at its start. */
export interface ProgramConfig {
  /** Values of the kind's settings, defaults filled in. */
  readonly settings: Readonly<Record<string, number | boolean>>;
  /** Bug switches that are on. */
  readonly bugs: ReadonlySet<string>;
}

/** A program by name: what can be set, which bugs can be switched on, how to make one. */
export interface ProgramKind {
  name: string;
  settings: Readonly<Record<string, Setting>>;
  bugs: readonly string[];
  create(config: ProgramConfig): Program;
}
