/**
 * Finds the descendants of a node's processes: a start command may be a script whose children do the work, and a
 * clock fault must reach every one of them.
 */
import fs from 'node:fs';
import { processStat } from './process-files.ts';

/** Children of a process, by process id. */
export type ChildrenOf = (pid: number) => readonly number[];

/**
 * A look at the process table as of now. Where the kernel lists children by parent only those asked for are read;
 * otherwise every process is read once (about 15 us each).
 */
export function lookUpChildren(): ChildrenOf {
  return fs.existsSync(`/proc/${process.pid}/task/${process.pid}/children`)
    ? listedChildren
    : scannedChildren();
}

/** The living processes among `roots` and all their descendants, parents before children, none twice. */
export function processTree(roots: readonly number[], childrenOf: ChildrenOf): number[] {
  const found = new Set<number>();
  const queue = [...roots];
  for (let i = 0; i < queue.length; i++) {
    const pid = queue[i]!;
    if (found.has(pid)) continue;
    const state = processStat(pid)?.state;
    if (state === undefined || state === 'Z' || state === 'X') continue;
    found.add(pid);
    queue.push(...childrenOf(pid));
  }
  return [...found];
}

function listedChildren(pid: number): number[] {
  return namesIn(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      const text = fs.readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1');
      return text.split(' ').filter(Boolean).map(Number);
    } catch {
      // This thread ended while we looked; its children have another parent by now.
      return [];
    }
  });
}

function namesIn(dir: string): string[] {
  try {
    return fs.readdirSync(dir);
  } catch {
    return [];
  }
}

function scannedChildren(): ChildrenOf {
  const children = new Map<number, number[]>();
  for (const name of namesIn('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = processStat(pid);
    if (stat === null) continue;
    const siblings = children.get(stat.parent);
    if (siblings === undefined) children.set(stat.parent, [pid]);
    else siblings.push(pid);
  }
  return (pid) => children.get(pid) ?? [];
}
