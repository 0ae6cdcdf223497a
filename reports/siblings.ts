/**
 * How the other runs of the same name in the same store ended: what a report shows as its history. Small files alone are
 * read; a run that cannot be read is left out.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RUN_FILES } from '../harness/store/files.ts';
import type { Sibling } from './model.ts';
import { number, record, text, verdictOf } from './read-json.ts';

/** Runs read, the nearest in time before and after this one. */
const MOST = 30;

/** Runs beside the one in `folder`, oldest first, itself included. Folder names begin with the time of the run. */
export async function readSiblings(folder: string): Promise<Sibling[]> {
  const family = dirname(folder);
  let names: string[];
  try {
    const entries = await readdir(family, { withFileTypes: true });
    names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return [];
  }
  names.sort();
  const own = names.indexOf(basename(folder));
  const last = Math.min(names.length, Math.max(own + 6, MOST));
  const near = names.slice(Math.max(0, last - MOST), last);
  const name = text((await json(join(folder, RUN_FILES.run)))?.['name']);
  const found = await Promise.all(
    near.map((id) => siblingOf(join(family, id), id, id === basename(folder), name)),
  );
  return found
    .flatMap((one) => one ?? [])
    .sort((a, b) => (a.started < b.started ? -1 : a.started > b.started ? 1 : 0));
}

/** A run of this name; null for others, which stand beside it where folders were chosen with --out. */
async function siblingOf(folder: string, id: string, own: boolean, name: string): Promise<Sibling | null> {
  const run = await json(join(folder, RUN_FILES.run));
  if (run === null || text(run['name']) !== name) return null;
  const verdict = (await json(join(folder, RUN_FILES.verdict))) ?? {};
  const counts = record(verdict['counts']);
  return {
    id,
    own,
    // Until it was judged nobody knows.
    verdict: verdictOf(verdict['verdict']),
    sentence: text(verdict['sentence']),
    started: text(run['started']),
    seed: text(run['seed']),
    commit: text(record(run['environment'])['commit']),
    operations: number(counts['invoked']),
    ok: number(counts['ok']),
    durationMs: number(run['durationMs']),
    p99Ms: number(record(record(record(record(verdict['checkers'])['stats'])['stats'])['latencyMs'])['p99']),
  };
}

async function json(path: string): Promise<Record<string, unknown> | null> {
  try {
    return record(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}
