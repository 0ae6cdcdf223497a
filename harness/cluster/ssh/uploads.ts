/**
 * Files of this machine that nodes need on theirs: copied once to a host, under a name made of their content, and put from
 * there into the working directory of its node. Hosts may keep them from run to run: then they are not sent again.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ProgramSpec } from '../../contracts.ts';
import { ClusterError } from '../cluster-error.ts';
import type { RemoteHost } from './remote-host.ts';

const COPY_MS = 300_000;

interface LocalFile {
  local: string;
  /** Below the working directory. */
  path: string;
  digest: string;
  mode: string;
}

/** The files of one node. */
export class Uploads {
  readonly #host: RemoteHost;
  readonly #cache: string;
  readonly #placed = new Map<string, Promise<void>>();
  /** Files that had to be copied, and those that were there. */
  readonly counts = { copied: 0, kept: 0 };

  /** `kept`: the folder of the host in which files stay from run to run; null: they go with the run. */
  constructor(host: RemoteHost, kept: string | null) {
    this.#host = host;
    const { folder, endpoint } = host.plan;
    this.#cache = kept === null ? `${folder}/files` : `${kept}/faultline-cache-${endpoint.user}`;
  }

  /** Brings files and folders into the working directory, and unpacks archives there. Throws `ClusterError`. */
  async bring(files: readonly string[], archives: readonly string[]): Promise<void> {
    await this.#place(files.flatMap((file) => walk(file, basename(file))));
    for (const [i, archive] of archives.entries()) {
      const name = `.archive-${i}`;
      await this.#place(walk(archive, name));
      await this.#host.ask('unpack', name, '', COPY_MS);
    }
  }

  /** A program with the files of this machine it names brought to the host, and named as they are there. */
  async placed(program: ProgramSpec): Promise<ProgramSpec> {
    const { uploads = [], ...rest } = program;
    const there = new Map<string, string>();
    for (const file of uploads) {
      const name = basename(file);
      // However often it is started.
      const work = this.#placed.get(file) ?? this.bring([file], []);
      this.#placed.set(file, work);
      await work;
      there.set(file, `${this.#host.plan.folder}/cwd/${name}`);
    }
    const renamed = (word: string): string => there.get(word) ?? word;
    return { ...rest, file: renamed(rest.file), args: rest.args.map(renamed) };
  }

  async #place(files: readonly LocalFile[]): Promise<void> {
    if (files.length === 0) return;
    const list = files.map(({ digest, mode, path }) => `${digest} ${mode} ${path}`).join('\n');
    const missing = missingIn(await this.#host.ask('place', this.#cache, list, COPY_MS));
    this.counts.kept += files.length - missing.size;
    for (const digest of missing) {
      const { local } = files.find((file) => file.digest === digest)!;
      const part = `${digest}.${basename(this.#host.plan.folder)}.part`;
      await this.#host.put(local, `${this.#cache}/${part}`, COPY_MS);
      await this.#host.ask('settle', '-', [this.#cache, digest, part].join('\n'), COPY_MS);
      this.counts.copied++;
    }
    if (missing.size === 0) return;
    const still = missingIn(await this.#host.ask('place', this.#cache, list, COPY_MS));
    if (still.size > 0) throw new ClusterError(`${this.#host.name} does not keep what is copied to it`);
  }
}

function missingIn(text: string): Set<string> {
  return new Set([...text.matchAll(/^missing (\w+)$/gm)].map((match) => match[1]!));
}

/** All regular files of a path. Throws `ClusterError` for a path that is not there. */
function walk(local: string, path: string): LocalFile[] {
  if (!existsSync(local)) throw new ClusterError(`${local} is to be uploaded and does not exist`);
  if (lstatSync(local).isDirectory()) {
    return readdirSync(local).flatMap((name) => walk(join(local, name), `${path}/${name}`));
  }
  const { mode } = statSync(local);
  const digest = createHash('sha256').update(readFileSync(local)).digest('hex');
  return [{ local, path, digest, mode: (mode & 0o755).toString(8) }];
}
