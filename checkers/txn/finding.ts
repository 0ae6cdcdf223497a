/**
 * What a pass over a history found wrong, before it is put into words: a kind, the transactions and the key.
 */
import type { Anomaly, Step } from '../../harness/verdict.ts';

/** One violation that needs no cycle to show it. */
export interface Finding {
  kind: string;
  /** Dense key number. */
  key: number;
  /** Transactions involved; the sentence's moment is the last one's. */
  txns: number[];
  /** What is wrong, as a clause without its promise. */
  says: string;
  steps: Step[];
}

/** Findings by kind: all counted, the first few kept. */
export class FindingList {
  readonly counts = new Map<string, number>();
  readonly kept: Finding[] = [];
  /** Violations another checker has put into words already. */
  readonly worded: Anomaly[] = [];
  /** Kinds whose absence is not certain: a search was cut short. */
  readonly unsettled = new Set<string>();
  readonly #limit: number;

  constructor(limit = 8) {
    this.#limit = limit;
  }

  /** Counts a finding; `make` is called only for those that are kept. */
  add(kind: string, make: () => Omit<Finding, 'kind'>): void {
    const count = this.counts.get(kind) ?? 0;
    this.counts.set(kind, count + 1);
    if (count < this.#limit) this.kept.push({ kind, ...make() });
  }

  /** Counts a violation that is in words already. */
  addWorded(anomaly: Anomaly): void {
    this.counts.set(anomaly.kind, (this.counts.get(anomaly.kind) ?? 0) + 1);
    this.worded.push(anomaly);
  }

  has(kind: string): boolean {
    return this.counts.has(kind);
  }
}
