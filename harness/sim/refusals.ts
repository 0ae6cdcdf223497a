/**
 * What a simulated disk in trouble refuses, by the names of values and logs, with the error a program of a real machine
 * would see; and how a loss of power is put as what reaches the disk all the same.
 */
import type { DiskRefusal, DiskTrouble, PowerCut } from '../link-data.ts';
import { KeyedDraws, mix } from './draws.ts';

/** A change that is to be made: of what, and whether it gives room back instead of taking some. */
export interface WantedChange {
  readonly kind: 'write' | 'append' | 'truncate';
  readonly name: string;
}

/** The refusals of one trouble; remembers how often each rule was met. */
export class Refusals {
  readonly #trouble: DiskTrouble;
  readonly #met = new Map<DiskRefusal, number>();

  constructor(trouble: DiskTrouble) {
    this.#trouble = trouble;
  }

  /** True where reads may be refused or take longer. */
  get onReads(): boolean {
    const { refuses = [], slowReadsMs = 0 } = this.#trouble;
    return slowReadsMs > 0 || refuses.some(({ of }) => of === 'reads');
  }

  /** Why the changes of an event cannot be made; null: they can. `draw` gives the chances, in [0, 1). */
  ofChanges(changes: readonly WantedChange[], draw: () => number): string | null {
    const { fails, readOnly, full, refuses = [] } = this.#trouble;
    if (fails === true) return 'EIO: the disk does not take writes';
    if (readOnly === true) return 'EROFS: the disk is read-only';
    if (full === true && changes.some(({ kind }) => kind !== 'truncate'))
      return 'ENOSPC: the disk has no room left';
    for (const rule of refuses) {
      if (rule.of === 'reads') continue;
      // One sync makes all changes of an event durable; each of them is a write.
      const touched = changes.filter(({ name }) => isNamed(name, rule.path));
      const chances = rule.of === 'syncs' ? Math.min(1, touched.length) : touched.length;
      for (let i = 0; i < chances; i++)
        if (this.#meets(rule, draw))
          return `EIO: the disk does not ${rule.of === 'syncs' ? 'sync' : 'write'} ${touched[i]!.name}`;
    }
    return null;
  }

  /** Why something cannot be read; null: it can. */
  ofRead(name: string, draw: () => number): string | null {
    for (const rule of this.#trouble.refuses ?? []) {
      if (rule.of === 'reads' && isNamed(name, rule.path) && this.#meets(rule, draw))
        return `EIO: the disk does not read ${name}`;
    }
    return null;
  }

  #meets(rule: DiskRefusal, draw: () => number): boolean {
    const before = this.#met.get(rule) ?? 0;
    if (rule.count > 0 && before >= rule.count) return false;
    if (draw() >= rule.probability) return false;
    this.#met.set(rule, before + 1);
    return true;
  }
}

/** A loss of power that comes at a sync: of something by this name, so many from now. */
export interface ArmedCut {
  atSync: number;
  path: string;
  /** Takes the power: the node is to end at once. */
  strike(): void;
}

/** Share of what was not synced that survives a loss of power, oldest first. */
export function keptAtPowerCut({ torn, seed }: PowerCut): number {
  if (!torn) return 0;
  const draws = new KeyedDraws();
  draws.start(mix(seed));
  return draws.float();
}

const patterns = new Map<string, RegExp>();

/** `*` stands for anything, `?` for one character. Simulated disks have no folders: what names one, names nothing. */
export function isNamed(name: string, pattern: string): boolean {
  if (pattern === '*') return true;
  let known = patterns.get(pattern);
  if (known === undefined) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    patterns.set(pattern, (known = new RegExp(`^${source}$`, 's')));
  }
  return known.test(name);
}

/** Did a node end of a refusal? A disk that does not take what is written, or cannot be read, ends a node as it should. */
export function endedByDisk(error: string): boolean {
  return /^Error: (EIO|ENOSPC|EROFS):/.test(error);
}
