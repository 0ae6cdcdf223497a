import { readdirSync, readFileSync } from 'node:fs';
import type { Checker } from '../../checkers/contract.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import { historyOf } from '../../harness/history/builder.ts';
import { parseJsonl } from '../../harness/history/jsonl.ts';
import { type CheckerCase, checkerContract } from '../kits/checker.ts';

const museum = new URL('../museum/', import.meta.url);
const cases: CheckerCase[] = [
  { what: 'nothing happened', history: () => historyOf([]) },
  ...readdirSync(museum)
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => ({
      what: file,
      history: () => parseJsonl(readFileSync(new URL(file, museum)), file).history,
    })),
];

for (const [name, checker] of Object.entries(CHECKERS) as [string, Checker][]) {
  checkerContract(name, checker, cases);
}
