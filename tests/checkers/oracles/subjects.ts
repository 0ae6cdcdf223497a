/**
 * What is judged: the pieces of the museum, those in code and those in files, each with its nearest legal history.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { CheckerOptions } from '../../../harness/contracts.ts';
import type { History } from '../../../harness/history/history.ts';
import { parseJsonl } from '../../../harness/history/jsonl.ts';
import { PIECES } from '../../museum/pieces/index.ts';

/** A history, wrong in some ways or in none. */
export interface Subject {
  history: History;
  options: CheckerOptions;
}

const folder = new URL('../../museum/', import.meta.url);
const SAVED = readdirSync(folder)
  .filter((file) => file.endsWith('.expect.json'))
  .map((file) => file.slice(0, -'.expect.json'.length))
  .filter((name) => existsSync(new URL(`${name}.jsonl`, folder)))
  .map((name) => {
    const { checker, options } = JSON.parse(readFileSync(new URL(`${name}.expect.json`, folder), 'utf8'));
    const { history } = parseJsonl(readFileSync(new URL(`${name}.jsonl`, folder)), name);
    return { checker: checker as string, options: (options ?? {}) as CheckerOptions, history };
  });

/** Everything the museum has for a checker. */
export const subjectsOf = (name: string): Subject[] => [
  ...PIECES.filter(({ checker }) => checker === name).flatMap(({ wrong, legal, options, legalOptions }) => [
    { history: wrong, options },
    { history: legal, options: legalOptions },
  ]),
  ...SAVED.filter(({ checker }) => checker === name),
];
