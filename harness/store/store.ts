/**
 * The store `.faultline/`: makes run folders, lists them, and finds the one a user means.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { suggest, UsageError } from '../registry.ts';
import { stamp } from '../time.ts';
import { linkAtomic } from './atomic.ts';
import { ELSEWHERE_FOLDER } from './files.ts';
import { isRunFolder, RunFolder } from './run-folder.ts';

/** Folder name of the store, below the working directory. */
export const STORE_FOLDER = '.faultline';
const LATEST = 'latest';
/** What the system says where nobody may write. */
const CLOSED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);

/** What a new run folder is called after. */
export interface NewRun {
  name: string;
  seed: number;
  /** Wall-clock start, milliseconds since the epoch. */
  startedMs: number;
  /** A folder to use instead of one in the store; made when missing, must be empty. */
  out?: string;
}

/** The store below one working directory. */
export class Store {
  /** Absolute path of the store's own folder. */
  readonly root: string;

  constructor(workingDirectory: string) {
    this.root = resolve(workingDirectory, STORE_FOLDER);
  }

  /**
   * Makes `<name>/<timestamp>-<seed>` and points both `latest` links at it; with `out`, that folder and no
   * links. Throws `UsageError` when `out` holds something already.
   */
  create(run: NewRun): RunFolder {
    if (run.out !== undefined) return this.#elsewhere(outFolder(resolve(run.out)), run);
    const family = join(this.root, folderName(run.name));
    mkdirSync(family, { recursive: true });
    const leaf = `${stamp(run.startedMs)}-${run.seed}`;
    for (let attempt = 1; ; attempt++) {
      const name = attempt === 1 ? leaf : `${leaf}.${attempt}`;
      const path = join(family, name);
      try {
        mkdirSync(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
        throw error;
      }
      linkAtomic(join(family, LATEST), name);
      linkAtomic(join(this.root, LATEST), relative(this.root, path));
      return new RunFolder(path);
    }
  }

  /**
   * Remembers a run folder outside the store, so that what a killed run left there is found. Where nobody may write
   * there is no store to remember it in: `clean` is told the folder then.
   */
  #elsewhere(folder: RunFolder, run: NewRun): RunFolder {
    const links = join(this.root, ELSEWHERE_FOLDER);
    try {
      mkdirSync(links, { recursive: true });
      linkAtomic(join(links, `${stamp(run.startedMs)}-${run.seed}-${process.pid}`), folder.path);
    } catch (error) {
      if (!CLOSED.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    return folder;
  }

  /** Forgets a run folder outside the store whose run has ended in order. */
  forget(folder: string): void {
    const links = join(this.root, ELSEWHERE_FOLDER);
    if (!existsSync(links)) return;
    for (const name of readdirSync(links)) {
      const link = join(links, name);
      if (lstatSync(link).isSymbolicLink() && readlinkSync(link) === folder) rmSync(link, { force: true });
    }
  }

  /** All runs, newest first. Reads folder names only. */
  list(): RunFolder[] {
    const runs: RunFolder[] = [];
    for (const family of folders(this.root)) {
      for (const leaf of folders(join(this.root, family))) {
        const path = join(this.root, family, leaf);
        if (isRunFolder(path)) runs.push(new RunFolder(path));
      }
    }
    return runs.sort((a, b) => compare(basename(b.path), basename(a.path)) || compare(a.id, b.id));
  }

  /**
   * The run a user means: a path to its folder or to a file in it, `last` or `latest`, a run name (its
   * latest), an id, or the unique beginning of an id or of a folder name. Throws `UsageError` with the
   * nearest ids otherwise.
   */
  resolve(reference: string): RunFolder {
    const byPath = pathReference(reference);
    if (byPath !== null) return new RunFolder(byPath);
    if (reference === 'last' || reference === LATEST)
      return this.#linked(this.root, 'no run has been made yet');
    const runs = this.list();
    const family = join(this.root, reference);
    if (folders(this.root).includes(reference) && runs.some((run) => dirname(run.path) === family)) {
      return this.#linked(family, `there is no run of ${reference}`);
    }
    const wanted = reference.replace(/^\.faultline\//, '').replace(/\/$/, '');
    const exact = runs.find((run) => run.id === wanted || basename(run.path) === wanted);
    if (exact !== undefined) return exact;
    const matching = runs.filter((run) => run.id.startsWith(wanted) || basename(run.path).startsWith(wanted));
    if (matching.length === 1) return matching[0]!;
    if (matching.length > 1) {
      const shown = matching.slice(0, 5).map((run) => run.id);
      throw new UsageError(`"${reference}" could be ${matching.length} runs`, {
        hint: `say more of one: ${shown.join(', ')}${matching.length > 5 ? '...' : ''}`,
      });
    }
    throw new UsageError(`there is no run "${reference}"`, { hint: this.#candidates(reference, runs) });
  }

  /** What a `latest` link points at; the newest folder when the link is gone. */
  #linked(folder: string, none: string): RunFolder {
    const link = join(folder, LATEST);
    if (existsSync(link)) return new RunFolder(realpathSync(link));
    const newest = this.list().find((run) => run.path.startsWith(`${folder}/`));
    if (newest !== undefined) return newest;
    throw new UsageError(none, { file: folder, hint: 'make one with: faultline demo' });
  }

  #candidates(reference: string, runs: readonly RunFolder[]): string {
    if (runs.length === 0) return `nothing is stored in ${this.root}; make a run with: faultline demo`;
    const names = [...new Set(runs.map((run) => basename(dirname(run.path))))];
    return suggest(reference, ['last', ...names, ...runs.slice(0, 5).map((run) => run.id)]);
  }
}

function pathReference(reference: string): string | null {
  const path = resolve(reference);
  if (!existsSync(path)) return null;
  const folder = statSync(path).isDirectory() ? path : dirname(path);
  return isRunFolder(folder) ? realpathSync(folder) : null;
}

function outFolder(path: string): RunFolder {
  if (existsSync(path) && (!statSync(path).isDirectory() || readdirSync(path).length > 0)) {
    throw new UsageError('the output folder is not empty; a run never overwrites another', {
      file: path,
      hint: 'name a folder that does not exist yet',
    });
  }
  try {
    // In one step where possible: Node's recursive mkdir never returns for a path below /proc.
    mkdirSync(path, { recursive: !existsSync(dirname(path)) });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') {
      throw new UsageError(`the output folder cannot be made: ${message}`, {
        file: path,
        hint: 'name another with --out <folder>, in a place you may write to',
      });
    }
  }
  return new RunFolder(path);
}

/** Real sub-folders of a folder; none when it does not exist. */
function folders(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/** A run name as a folder name: blanks and anything a file system may refuse become dashes. */
export function folderName(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9._+-]+/g, '-').replace(/^[.-]+/, '');
  if (safe === '' || safe === LATEST || safe === 'last') return `run-${safe}`;
  return safe;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
