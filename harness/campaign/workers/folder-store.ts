/**
 * A store that is a folder: of this machine for workers on it, of a network file system for others.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeAtomic } from '../../store/atomic.ts';
import type { SharedStore } from './shared-store.ts';
import { StoreError } from './store-error.ts';

/** Files below a folder, by relative path. Symbolic links are left out. */
export function filesBelow(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) return filesBelow(folder, path);
      return entry.isFile() ? [path] : [];
    });
}

/** `FolderStore('/mnt/nights')`. */
export class FolderStore implements SharedStore {
  readonly shown: string;

  constructor(folder: string) {
    this.shown = folder;
  }

  async write(key: string, text: string): Promise<void> {
    await this.#tried('written', () => {
      mkdirSync(dirname(this.#path(key)), { recursive: true });
      writeAtomic(this.#path(key), text);
    });
  }

  async read(key: string): Promise<string | null> {
    return this.#tried('read', () =>
      existsSync(this.#path(key)) ? readFileSync(this.#path(key), 'utf8') : null,
    );
  }

  async put(key: string, file: string): Promise<void> {
    await this.#tried('written', async () => {
      const path = this.#path(key);
      mkdirSync(dirname(path), { recursive: true });
      // Whole or not at all, also when the worker dies while it copies.
      copyFileSync(file, `${path}.part`);
      await rename(`${path}.part`, path);
    });
  }

  async get(key: string, file: string): Promise<void> {
    await this.#tried('read', () => {
      mkdirSync(dirname(file), { recursive: true });
      try {
        linkSync(this.#path(key), file);
      } catch {
        // Another file system, or one without links.
        copyFileSync(this.#path(key), file);
      }
    });
  }

  async list(prefix: string): Promise<string[]> {
    return this.#tried('read', () => {
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      const path = join(this.shown, folder);
      if (!existsSync(path)) return [];
      return filesBelow(path)
        .map((file) => `${folder}${file}`)
        .filter((key) => key.startsWith(prefix) && !key.endsWith('.part'));
    });
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.#tried('written', () => {
      for (const key of keys) rmSync(this.#path(key), { force: true });
    });
  }

  #path(key: string): string {
    return join(this.shown, key);
  }

  async #tried<T>(what: string, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw new StoreError(this.shown, what, cause);
    }
  }
}
