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

/** A setting of a program: a number, a switch, or one of a few words. */
export interface Setting {
  summary: string;
  default: number | boolean | string;
  /** Words it may be; needed where the default is a word. */
  choices?: readonly string[];
}

/** Values of settings by name. */
export type Settings = Record<string, number | boolean | string>;

/** What a program is told at its start. */
export interface ProgramConfig {
  /** Values of the kind's settings, defaults filled in. */
  readonly settings: Readonly<Settings>;
  /** Bug switches that are on. */
  readonly bugs: ReadonlySet<string>;
}

/** A program by name: what can be set, which bugs can be switched on, how to make one. */
export interface ProgramKind {
  name: string;
  settings: Readonly<Record<string, Setting>>;
  bugs: readonly string[];
  /** What it reports with `sometimes`: a search says which of these were never reached. */
  probes?: readonly string[];
  create(config: ProgramConfig): Program;
}
