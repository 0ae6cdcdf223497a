/**
 * Tries links: some that a fault cut, and some that it must have left alone. Only both together show a cut: a
 * probe that is refused everywhere proves a broken probe, not a partition. Backends probe the link itself, so
 * the state of the nodes at its ends does not matter.
 */
import type { Cluster, Json } from '../harness/contracts.ts';
import { within } from '../harness/time.ts';
import type { LinkEnds } from './traffic.ts';

/** Most probes per question; the links are taken evenly from the list. */
const SAMPLE = 6;

/** A probe that takes longer, on a link that is slow on purpose, is given up: the fault must not wait for it. */
const PROBE_MS = 2_000;

/** Answers by link, `n1>n3`: open, cut, unknown. */
export type ProbeAnswers = Record<string, 'open' | 'cut' | 'unknown'>;

/** Probes up to six of the links in parallel; a probe that throws or takes more than two seconds is `unknown`. */
export async function probe(cluster: Cluster, links: readonly LinkEnds[]): Promise<ProbeAnswers> {
  const answers = await Promise.all(
    spread(links, SAMPLE).map(async ({ from, to }) => {
      const link = `${from}>${to}`;
      try {
        return [link, await within(PROBE_MS, `probe ${link}`, cluster.links.probe(from, to))] as const;
      } catch {
        // A probe is a measurement: that it could not be taken is its answer.
        return [link, 'unknown'] as const;
      }
    }),
  );
  return Object.fromEntries(answers);
}

/** Links that were found in the given state: `n1>n3`, `n1>n4`. */
export function found(answers: ProbeAnswers, state: 'open' | 'cut'): string[] {
  return Object.keys(answers).filter((link) => answers[link] === state);
}

/** Probe answers as a measure. */
export function asMeasure(answers: ProbeAnswers): Record<string, Json> {
  return { ...answers };
}

function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!);
}
