/**
 * The files a campaign's commands name, on the machine of a worker. One that is started in a checkout of the project
 * uses that, and then can run programs of it too; any other one is given the files, which is enough for systems that
 * faultline brings along.
 */
import { chmodSync, existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../registry.ts';
import type { NightRecord, ProjectFile } from './messages.ts';
import type { SharedStore } from './shared-store.ts';
import { digestOfFile } from './transfer.ts';

/** The files as they are below `cwd`. Throws `UsageError` for one that is not below it. */
export async function projectFiles(paths: readonly string[], cwd: string): Promise<ProjectFile[]> {
  const files: ProjectFile[] = [];
  for (const path of new Set(paths)) {
    if (!isPlain(path)) {
      throw new UsageError('workers cannot be given a file from outside of this folder', {
        file: path,
        hint: 'start the campaign in a folder that has all of its files',
      });
    }
    const digest = await digestOfFile(join(cwd, path));
    if (digest === null) throw new UsageError('this file cannot be read', { file: path });
    const executable = (statSync(join(cwd, path)).mode & 0o100) !== 0;
    files.push({ path, digest, ...(executable ? { executable } : {}) });
  }
  return files;
}

/** Puts them into the store, for workers that do not have them. */
export async function shareProject(
  store: SharedStore,
  night: string,
  files: readonly ProjectFile[],
  cwd: string,
): Promise<void> {
  for (const { path, digest } of files) await store.put(keyOf(night, digest), join(cwd, path));
}

/** By what is in it: two files with the same are one, and one that was changed is another. */
function keyOf(night: string, digest: string): string {
  return `${night}/project/${digest}`;
}

/** Whether a path from elsewhere stays below the folder it is joined to. */
export function isPlain(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.split(/[/\\]/).includes('..');
}

/** Whether a folder is the project: the same commit, where both have one, and the same files. */
export async function isProject(
  { commit, files }: Pick<NightRecord, 'commit' | 'files'>,
  cwd: string,
  commitHere: string | null,
): Promise<boolean> {
  if (commit !== null && commitHere !== null && commit !== commitHere) return false;
  for (const { path, digest } of files) if ((await digestOfFile(join(cwd, path))) !== digest) return false;
  return true;
}

/** Lays the files into a folder, those that are not there yet. Rejects when one is not what the campaign has. */
export async function layProject(
  store: SharedStore,
  { id, files }: Pick<NightRecord, 'id' | 'files'>,
  folder: string,
): Promise<void> {
  for (const { path, digest, executable } of files) {
    const file = join(folder, path);
    if (existsSync(file) && (await digestOfFile(file)) === digest) continue;
    rmSync(file, { force: true });
    await store.get(keyOf(id, digest), file);
    if ((await digestOfFile(file)) !== digest) {
      rmSync(file, { force: true });
      throw new Error(`${path} in ${store.shown} is not the file of the campaign`);
    }
    chmodSync(file, executable === true ? 0o755 : 0o644);
  }
}
