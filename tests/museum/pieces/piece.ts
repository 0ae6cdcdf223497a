/**
 * A piece of the museum: one anomaly a checker claims, the smallest history that shows it and nothing else, and the
 * nearest history that is legal.
 */
import type { CheckerOptions } from '../../../harness/contracts.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';

export interface Piece {
  checker: string;
  /** The one kind of anomaly that is found in `wrong`. */
  kind: string;
  /** Kinds it cannot be without: what it is made of. */
  also: readonly string[];
  options: CheckerOptions;
  wrong: History;
  legal: History;
  /** Options of the twin, where the difference is in what is promised or told. */
  legalOptions: CheckerOptions;
  /** What is told by options alone: there is no operation to cite. */
  withoutOps: boolean;
}

type Built = History | { history(): History } | { build(): History };

const made = (built: Built): History => {
  if ('history' in built) return built.history();
  return 'build' in built ? built.build() : built;
};

/** Pieces of one checker: by kind, the wrong history, its legal twin, and options where they are needed. */
export function pieces(
  checker: string,
  table: Record<
    string,
    {
      wrong?: Built;
      legal?: Built;
      options?: CheckerOptions;
      legalOptions?: CheckerOptions;
      also?: readonly string[];
    }
  >,
): Piece[] {
  return Object.entries(table).map(([kind, { wrong, legal, options = {}, legalOptions = options, also = [] }]) => ({
    checker,
    kind: kind.split(' ')[0]!,
    also,
    options,
    wrong: wrong === undefined ? historyOf([]) : made(wrong),
    legal: legal === undefined ? (wrong === undefined ? historyOf([]) : made(wrong)) : made(legal),
    legalOptions,
    withoutOps: wrong === undefined,
  }));
}
