/**
 * Where faults put what is too long for the history: files of the run's folder.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultContext } from '../contracts.ts';

/** Writes lines to a file of the run's folder, and returns its name. */
export function keeperIn(folder: string): NonNullable<FaultContext['keep']> {
  return (name, lines) => {
    writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''));
    return name;
  };
}
