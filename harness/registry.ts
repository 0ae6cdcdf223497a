/**
 * Names to things: every family of plug-ins is one literal table, looked up here with the nearest match and
 * the full list when a name is wrong. Also the one error class for bad input, so that every entry point
 * words and exits the same way.
 */

/** Where a bad input stands and what would be right. */
export interface UsageDetails {
  file?: string;
  /** From 1. */
  line?: number;
  /** From 1. */
  column?: number;
  /** What to write instead: `did you mean "raft"? one of: bully, raft`. */
  hint?: string;
  /** Source lines with a caret under the offence, already laid out. */
  excerpt?: string;
  /** Every problem that was found, when there is more than one; `message` is then the first. */
  all?: readonly UsageError[];
}

/**
 * Bad input: a flag, a name, a configuration, a file that does not parse. Nothing was started. The command
 * line prints `format()` and exits with 64; a stack trace is never shown for it.
 */
export class UsageError extends Error {
  /** The process exit code for any usage error. */
  readonly exitCode = 64;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly hint?: string;
  readonly excerpt?: string;
  readonly all?: readonly UsageError[];

  constructor(message: string, details: UsageDetails = {}) {
    super(message);
    this.name = 'UsageError';
    if (details.file !== undefined) this.file = details.file;
    if (details.line !== undefined) this.line = details.line;
    if (details.column !== undefined) this.column = details.column;
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.excerpt !== undefined) this.excerpt = details.excerpt;
    if (details.all !== undefined) this.all = details.all;
  }

  /** `file:line:column`, as much of it as is known; empty when nothing is. */
  get place(): string {
    if (this.file === undefined) return '';
    if (this.line === undefined) return this.file;
    return this.column === undefined
      ? `${this.file}:${this.line}`
      : `${this.file}:${this.line}:${this.column}`;
  }

  /** The whole message for a screen: place, what is wrong, excerpt, hint; every problem when there are several. */
  format(): string {
    if (this.all !== undefined && this.all.length > 1) {
      return this.all.map((error) => error.format()).join('\n');
    }
    const head = this.place === '' ? this.message : `${this.place}  ${this.message}`;
    const parts = [head];
    if (this.excerpt !== undefined) parts.push(this.excerpt);
    if (this.hint !== undefined) parts.push(`  ${this.hint}`);
    return parts.join('\n');
  }
}

/**
 * The entry of a literal table, or a `UsageError` that names the nearest entry and lists all of them.
 * `kind` is the singular noun: `workload`, `system`, `fault`. Only own properties count.
 */
export function lookup<T>(kind: string, table: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(table, name)) return table[name]!;
  throw new UsageError(`there is no ${kind} "${name}"`, { hint: suggest(name, Object.keys(table)) });
}

/** `did you mean "a"?  one of: a, b, c`; without the question when nothing is near. */
export function suggest(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  const list = candidates.length === 0 ? 'none are available here' : `one of: ${candidates.join(', ')}`;
  return near === null ? list : `did you mean "${near}"?  ${list}`;
}

/** The candidate with the smallest edit distance, or null when none is within a third of the length (at least 2). */
export function nearest(name: string, candidates: readonly string[]): string | null {
  const wanted = name.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const have = candidate.toLowerCase();
    let distance = editDistance(wanted, have);
    // A truncated word is a likely slip, however much is missing.
    if (wanted.length >= 3 && have.startsWith(wanted)) distance = Math.min(distance, 1.5);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Optimal string alignment distance: insert, delete, replace, swap neighbours. O(|a| |b|). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2]! + 1);
      }
      current.push(cost);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}
