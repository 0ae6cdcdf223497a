/**
 * The command that was typed, as text that can be typed again.
 */
const SAFE = /^[A-Za-z0-9_./:=@,+%-]+$/;

/** Words quoted for a POSIX shell. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => (SAFE.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

/** `faultline`, or `npx faultline` for someone who runs it that way. */
export function programName(env: Readonly<Record<string, string | undefined>>): string {
  return env['npm_command'] === 'exec' ? 'npx faultline' : 'faultline';
}

/** The command that makes this run again: the words that were typed, with the seed pinned and no choice of output. */
export function reproCommand(program: string, words: readonly string[], seed: number): string {
  const kept: string[] = [];
  const end = words.indexOf('--');
  // Words after a lone -- belong to somebody else.
  const own = end < 0 ? words.length : end;
  for (let i = 0; i < own; i++) {
    const word = words[i]!;
    if (word === '--seed' || word === '--out') i++;
    else if (word !== '--json' && !/^--(seed|out)=/.test(word)) kept.push(word);
  }
  return `${program} ${quoted([...kept, '--seed', String(seed), ...words.slice(own)])}`;
}
