/**
 * Finds lines in node output that mean a crash, so that a checker, which does no I/O, can be handed them.
 */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { NodeId } from '../contracts.ts';
import { UsageError } from '../registry.ts';

/** One line of a node's output that matched. */
export interface CrashLine {
  node: NodeId;
  /** From 1. */
  line: number;
  text: string;
}

/** Most lines kept; the first ones tell the cause. */
const MAX_LINES = 100;
/** Longest text kept of a line. */
const MAX_TEXT = 500;

/** Searches `<logs>/<node>/*` for the patterns. Throws `UsageError` for a pattern that is no regular expression. */
export async function findCrashLines(
  logs: string,
  nodes: readonly NodeId[],
  patterns: readonly string[],
): Promise<CrashLine[]> {
  if (patterns.length === 0) return [];
  const expressions = patterns.map(compile);
  const found: CrashLine[] = [];
  for (const node of nodes) {
    const folder = join(logs, node);
    if (!existsSync(folder)) continue;
    for (const file of readdirSync(folder).sort()) {
      let number = 0;
      for await (const text of createInterface({ input: createReadStream(join(folder, file)) })) {
        number++;
        if (found.length >= MAX_LINES) return found;
        if (expressions.some((expression) => expression.test(text))) {
          found.push({ node, line: number, text: text.slice(0, MAX_TEXT) });
        }
      }
    }
  }
  return found;
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw new UsageError(`crash pattern ${JSON.stringify(pattern)} is not a regular expression`, {
      hint: (error as Error).message,
    });
  }
}
