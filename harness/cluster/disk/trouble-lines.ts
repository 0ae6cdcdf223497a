/** What is wrong with a disk in the words of filesystem/trouble.c. */
import type { DiskTrouble } from '../../contracts.ts';
import type { DiskRefusal } from '../../link-data.ts';

const MILLION = 1_000_000;
const KINDS = { reads: 'r', writes: 'w', syncs: 's' } as const;

/** The lines that make a disk so, whatever it was before; null: as it should be. */
export function troubleLines(trouble: DiskTrouble | null): string[] {
  const { slowMs, slowWritesMs, slowReadsMs, lies, full, readOnly, fails, refuses = [] } = trouble ?? {};
  const words = [
    `slow=${whole(slowMs)}`,
    `slow-writes=${whole(slowWritesMs)}`,
    `slow-reads=${whole(slowReadsMs)}`,
    `lie=${Number(lies === true)}`,
    `full=${Number(full === true)}`,
    `read-only=${Number(readOnly === true)}`,
  ];
  const failing = fails === true ? [`rule ws EIO ${MILLION} 0 *`] : [];
  return ['rules', `trouble ${words.join(' ')}`, ...failing, ...refuses.map(ruleOf)];
}

function ruleOf({ of, path, probability, count }: DiskRefusal): string {
  return `rule ${KINDS[of]} EIO ${Math.round(probability * MILLION)} ${count} ${path}`;
}

function whole(ms: number | undefined): number {
  return Math.round(ms ?? 0);
}
