import { readdirSync, readFileSync } from 'node:fs';
import type { Checker } from '../../checkers/contract.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import { historyOf } from '../../harness/history/builder.ts';
import { parseJsonl } from '../../harness/history/jsonl.ts';
import { type CheckerCase, checkerContract } from '../kits/checker.ts';

const museum = new URL('../museum/', import.meta.url);

/** Read once: that no checker touches a history is part of the contract. */
function saved(file: string): CheckerCase {
  const { history } = parseJsonl(readFileSync(new URL(file, museum)), file);
  return { what: file, history: () => history };
}

const cases: CheckerCase[] = [
  { what: 'nothing happened', history: () => historyOf([]) },
  ...readdirSync(museum)
    .filter((file) => file.endsWith('.jsonl'))
    .map(saved),
];

for (const [name, checker] of Object.entries(CHECKERS) as [string, Checker][]) {
  checkerContract(name, checker, cases);
}
