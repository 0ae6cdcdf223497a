/**
 * What a program said before it ended. Its last lines often are but the end of a long dump, whose first line says why.
 */

/** How lines begin, or what they hold, that say what went wrong. */
export const TELLING =
  /^\s*(Uncaught )?[\w.$]*(Error|Exception|Refused\w*)\b.*:|^panic:|^fatal error:|\bfatal\b|\bFATAL\b/;

/** The last lines, up to `most`; the line before them that tells a cause, where none of them does, stands first. */
export function lastWords(lines: readonly string[], most: number): string[] {
  const last = lines.slice(-most);
  if (last.some((line) => TELLING.test(line))) return last;
  const cause = lines.findLast((line) => TELLING.test(line));
  return cause === undefined ? last : [cause, ...last.slice(-(most - 1))];
}
