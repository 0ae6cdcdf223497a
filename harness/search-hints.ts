/**
 * Where a search should look for a named bug: what is drawn for its runs in place of the general mixture. Plain
 * data; a part that is absent is drawn as always.
 */
import type { TargetSpec } from './link-data.ts';
import type { Json } from './op.ts';

/** A kind of fault to draw, narrowed as far as it says. */
export interface FaultHint {
  fault: string;
  mode?: string;
  target?: TargetSpec;
  params?: Readonly<Record<string, Json>>;
  /** Shortest and longest stretch, ms. */
  lastsMs?: readonly [number, number];
}

/** What makes a bug show in short runs. */
export interface SearchHints {
  /** It shows in so few plans of random times that a demonstration searches for a run in which it does. */
  isDemo?: boolean;
  workload?: string;
  /** One of these for each fault, each as likely; one that stands here twice is drawn twice as often. */
  faults?: readonly FaultHint[];
  /** Number of faults. */
  count?: number;
  nodes?: number;
  loadMs?: number;
  perSecond?: number;
  opTimeoutMs?: number;
  /** Clients for every node. */
  clients?: number;
  latency?: { minMs: number; meanMs: number };
  set?: Readonly<Record<string, number | boolean | string>>;
}
