/**
 * A command line as a list of arguments: blanks separate, quotes keep together, a backslash takes the next
 * character as it is. No shell is involved, so nothing else has a meaning.
 */

/** The arguments, or null when a quote is left open. */
export function splitCommand(text: string): string[] | null {
  const argv: string[] = [];
  let current = '';
  let started = false;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\\' && quote !== "'") {
      current += text[++i] ?? '\\';
      started = true;
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else current += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      started = true;
    } else if (/\s/.test(char)) {
      if (started) argv.push(current);
      current = '';
      started = false;
    } else {
      current += char;
      started = true;
    }
  }
  if (quote !== '') return null;
  if (started) argv.push(current);
  return argv;
}
