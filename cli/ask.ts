/**
 * Questions on a terminal. Never asked where nobody can answer: without a terminal, and under a CI server.
 */
import { createInterface } from 'node:readline/promises';
import { underCi } from '../harness/run/environment.ts';
import type { Io } from './io.ts';

/** Can somebody answer? */
export function canAsk(io: Io): boolean {
  return io.err.isTTY && process.stdin.isTTY === true && !underCi(io.env);
}

/** Asks one question after the other; an empty answer is the default. */
export async function ask(questions: readonly { question: string; or: string }[]): Promise<string[]> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answers: string[] = [];
    for (const { question, or } of questions) {
      const answer = (await lines.question(`${question} [${or}] `)).trim();
      answers.push(answer === '' ? or : answer);
    }
    return answers;
  } finally {
    lines.close();
  }
}
