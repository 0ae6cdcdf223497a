/**
 * What a system says of a bug it can be given.
 */
import type { Json } from './op.ts';
import type { SearchHints } from './search-hints.ts';

/** A deliberate bug: what it breaks, which checker finds it, and what makes it show within a bounded run. */
export interface BugSwitch {
  summary: string;
  workload: string;
  checker: string;
  /** Faults that make it show, as `--nemesis` takes them. Absent: none needed. */
  nemesis?: string;
  /** Settings that make it show soon, by the keys of a config file (`nodes`, `timeLimit`, `set`...). */
  config?: Readonly<Record<string, Json>>;
  /** What makes it show in the short runs of a search. Absent: the general mixture does. */
  search?: SearchHints;
}
