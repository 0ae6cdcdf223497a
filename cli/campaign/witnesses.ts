/**
 * What contradicts itself in a run that failed, in the words of its own JUnit file: for the one of the whole night.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lines of a witness; what is longer stands in the run's report. */
const MOST_LINES = 40;
const CHARACTERS: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&amp;': '&',
};

/** The first witness of a run, its operations and the steps of the argument; empty where there is none. */
export function witnessIn(runFolder: string): string {
  const file = join(runFolder, 'junit.xml');
  if (!existsSync(file)) return '';
  const body = /<failure [^>]*>([^<]*)<\/failure>/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  // The sentence comes before it, the command after it.
  const lines = body.split('\n\n').slice(1, -1).join('\n').split('\n');
  const more = lines.length > MOST_LINES ? [`... and ${lines.length - MOST_LINES} more lines`] : [];
  const text = [...lines.slice(0, MOST_LINES), ...more].join('\n');
  return text.replaceAll(/&(?:lt|gt|quot|amp);/g, (entity) => CHARACTERS[entity]!);
}
