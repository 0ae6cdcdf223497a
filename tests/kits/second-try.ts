/**
 * What a test's first try left in a folder that its file shares is not there for a second one: the command line, rightly,
 * writes over nothing.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Folders, and the names that were in each before the test that runs. */
const folders = new Map<string, Set<string>>();

/** From now on this folder is put back before every second try. */
export function clearForSecondTries(folder: string): void {
  folders.set(folder, new Set());
}

/** Called before every try of every test. */
export function beforeTry(isFirst: boolean): void {
  for (const [folder, before] of folders) {
    const now = names(folder);
    if (isFirst) folders.set(folder, new Set(now));
    else for (const name of now) if (!before.has(name)) rmSync(join(folder, name), { recursive: true });
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Removed when its tests were over.
    return [];
  }
}
