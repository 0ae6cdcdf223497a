/**
 * What the page's application is told besides the operations: one JSON block, small enough to be read before
 * the first picture. Times are microseconds since the run started. Types only, shared with the application.
 */

/** A fault in force, or one that was not. */
export interface OverviewFault {
  id: string;
  fault: string;
  label: string;
  lane: string;
  nodes: string[];
  from: number | null;
  to: number | null;
  state: string;
  bit: boolean | null;
  colour: number;
  /** `n1 n2 ┊ n3 n4 n5`, the nodes it hit, or its target. */
  where: string;
  evidence: string;
}

/** A stretch of one node's belief about who leads. */
export interface OverviewBelief {
  node: number;
  leading: boolean;
  leader: string | null;
  term: number | null;
  from: number;
  to: number;
}

/** An anomaly: where it is, and the rows of its witness. */
export interface OverviewFinding {
  kind: string;
  checker: string;
  sentence: string;
  from: number;
  to: number;
  rows: number[];
  /** What the checker knows of single operations, by row: the order of effects, what could be held. */
  said: [number, string][];
}

/** A run in values that are compared, by name, in parts. */
export type Summary = Record<string, Record<string, string>>;

/** The block. */
export interface Overview {
  version: 1;
  /** Rows in the data blocks, and operations in the run: more when the rows are a sample. */
  rows: number;
  total: number;
  chunks: number;
  end: number;
  nodes: string[];
  functions: string[];
  /** Names of nodes as the rows number them; a superset of `nodes`. */
  nodeNames: string[];
  errors: string[];
  concurrency: number | null;
  stages: { name: string; from: number; to: number }[];
  faults: OverviewFault[];
  beliefs: OverviewBelief[];
  overlaps: { from: number; to: number; leaders: { node: string; term: number | null }[] }[];
  nodeSpans: { node: number; state: string; from: number; to: number; reason: string }[];
  findings: OverviewFinding[];
  /** Completions per bucket of `step` microseconds, for the strip and the first paint. */
  rate: { step: number; ok: number[]; fail: number[]; info: number[] };
}

/** Lists that are shortened in the block and travel whole beside it: which of them, and when, `split-overview.ts` says. */
export type OverviewRest = Partial<
  Pick<Overview, 'beliefs' | 'overlaps' | 'nodeSpans' | 'errors' | 'findings' | 'faults'>
>;
