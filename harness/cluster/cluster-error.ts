/**
 * The one error a cluster throws when it cannot be brought up: which node, what happened to it, and the last
 * lines it wrote, so that the user sees the cause without opening a log.
 */
import type { NodeId } from '../contracts.ts';

/** How a process ended: an exit code or a signal name, never both. */
export interface Exit {
  code: number | null;
  signal: string | null;
  /** Who ended it, where that is known: words for a sentence. */
  because?: string;
}

/** `exit code 3` or `signal SIGSEGV`. */
export function describeExit(exit: Exit): string {
  const because = exit.because === undefined ? '' : ` (${exit.because})`;
  if (exit.signal !== null) return `signal ${exit.signal}${because}`;
  return exit.code === null ? 'an unknown end' : `exit code ${exit.code}`;
}

/** What a `ClusterError` knows besides its sentence. */
export interface ClusterTrouble {
  node?: NodeId;
  exit?: Exit;
  /** Last lines of the node's output, oldest first. */
  output?: readonly string[];
  /** Where all of its output is. */
  log?: string;
}

/** A cluster that could not be started; the message is complete, last output lines included. */
export class ClusterError extends Error {
  readonly node: NodeId | undefined;
  readonly exit: Exit | undefined;
  readonly output: readonly string[];

  constructor(sentence: string, trouble: ClusterTrouble = {}) {
    super(withOutput(sentence, trouble));
    this.name = 'ClusterError';
    this.node = trouble.node;
    this.exit = trouble.exit;
    this.output = trouble.output ?? [];
  }
}

function withOutput(sentence: string, { output, log }: ClusterTrouble): string {
  if (output === undefined) return sentence;
  const where = log === undefined ? '' : ` (all of it: ${log})`;
  if (output.length === 0) return `${sentence}; it wrote nothing${where}`;
  return `${sentence}; its last output${where}:\n${output.map((line) => `  | ${line}`).join('\n')}`;
}
