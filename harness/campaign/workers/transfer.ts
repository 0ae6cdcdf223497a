/**
 * Run folders on their way to the store and back. What a run writes goes there while it runs, so that a worker that
 * is killed takes nothing along but the last moments; that a run has ended is the last thing to be written.
 */

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicNs } from '../../time.ts';
import { filesBelow } from './folder-store.ts';
import type { JobResult } from './messages.ts';
import type { SharedStore } from './shared-store.ts';

const DONE = '.done.json';
/** Copying what goes on takes at most this share of the time. */
const COPYING_SHARE = 0.05;

/** Brings a folder to the store again and again. */
export class Uploader {
  readonly #store: SharedStore;
  readonly #take: string;
  readonly #folder: string;
  readonly #sent = new Map<string, string>();
  #lastMs = 0;
  #lastTookMs = 0;

  constructor(store: SharedStore, take: string, folder: string) {
    this.#store = store;
    this.#take = take;
    this.#folder = folder;
  }

  /** Sends what is new, when the last time was long enough ago. */
  async sendSome(): Promise<void> {
    const nowMs = monotonicNs() / 1e6;
    if (nowMs - this.#lastMs < this.#lastTookMs / COPYING_SHARE) return;
    await this.send();
    this.#lastMs = monotonicNs() / 1e6;
    this.#lastTookMs = this.#lastMs - nowMs;
  }

  /** Sends everything that changed since the last time, and takes back what is gone. */
  async send(): Promise<void> {
    const log = `${this.#folder}.log`;
    const files = new Map<string, string>(existsSync(log) ? [[`${this.#take}.log`, log]] : []);
    if (existsSync(this.#folder))
      for (const file of filesBelow(this.#folder))
        files.set(`${this.#take}/${file}`, join(this.#folder, file));
    for (const [key, file] of files) await this.#sendFile(key, file);
    const gone = [...this.#sent.keys()].filter((key) => !files.has(key));
    await this.#store.remove(gone);
    for (const key of gone) this.#sent.delete(key);
  }

  /** The last word: only what has it counts. */
  async finish(result: JobResult): Promise<void> {
    await this.send();
    await this.#store.write(`${this.#take}${DONE}`, JSON.stringify(result));
  }

  async #sendFile(key: string, file: string): Promise<void> {
    let state: string;
    try {
      const { size, mtimeMs } = statSync(file);
      state = `${size} ${mtimeMs}`;
    } catch {
      // Written beside its name and gone before it was looked at.
      return;
    }
    if (this.#sent.get(key) === state) return;
    // Known as sent before it is: what was half sent must be taken back like the rest.
    this.#sent.set(key, 'half');
    await this.#store.put(key, file);
    this.#sent.set(key, state);
  }
}

/** Every result there is of a try: more than one when it was taken again although its worker still lived. */
export async function resultsOf(store: SharedStore, base: string): Promise<JobResult[]> {
  const done = (await store.list(`${base}.`)).filter((key) => key.endsWith(DONE));
  const texts = await Promise.all(done.map((key) => store.read(key)));
  return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as JobResult]));
}

/** What workers that were lost over a try have written: its takes without a last word. */
export async function lostTakes(store: SharedStore, base: string): Promise<string[]> {
  const keys = await store.list(`${base}.`);
  const takes = new Set(keys.flatMap((key) => takeOf(key, base) ?? []));
  return [...takes].filter((take) => !keys.includes(`${take}${DONE}`));
}

function takeOf(key: string, base: string): string | null {
  const rest = key.slice(base.length + 1);
  const name = rest.split('/')[0]!.replace(/\.(log|done\.json)$/, '');
  return name === '' ? null : `${base}.${name}`;
}

/** Brings what a take wrote to a folder here, whole or not at all. */
export async function fetchTake(store: SharedStore, take: string, folder: string): Promise<void> {
  const coming = `${folder}.coming`;
  rmSync(coming, { recursive: true, force: true });
  mkdirSync(coming, { recursive: true });
  const keys = await store.list(take);
  for (const key of keys) {
    const path = key.slice(take.length + 1);
    if (key.startsWith(`${take}/`) && !path.split('/').includes('..'))
      await store.get(key, join(coming, path));
  }
  rmSync(`${folder}.log`, { force: true });
  if (keys.includes(`${take}.log`)) await store.get(`${take}.log`, `${folder}.log`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(coming, folder);
}

/** SHA-256 of a file, hexadecimal; null when it cannot be read. */
export async function digestOfFile(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    return null;
  }
}
