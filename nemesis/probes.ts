/**
 * Tries links: some that a fault cut, and some that it must have left alone. Only both together show a cut: a
 * probe that is refused everywhere proves a broken probe, not a partition.
 */
import type { Cluster, Json } from '../harness/contracts.ts';
import type { LinkEnds } from './traffic.ts';

/** Most probes per question; the links are taken evenly from the list. */
const SAMPLE = 6;

/** Answers by link, `n1>n3`: open, cut, unknown. */
export type ProbeAnswers = Record<string, 'open' | 'cut' | 'unknown'>;

/** Probes up to six of the links whose node ends run, in parallel; a probe that throws is `unknown`. */
export async function probe(cluster: Cluster, links: readonly LinkEnds[]): Promise<ProbeAnswers> {
  const live = links.filter((link) => runs(cluster, link.from) && runs(cluster, link.to));
  const chosen = spread(live, SAMPLE);
  const answers = await Promise.all(
    chosen.map(async ({ from, to }) => {
      try {
        return [`${from}>${to}`, await cluster.links.probe(from, to)] as const;
      } catch {
        // A probe is a measurement: that it could not be taken is its answer.
        return [`${from}>${to}`, 'unknown'] as const;
      }
    }),
  );
  return Object.fromEntries(answers);
}

/** Links that were found in the given state, as text for a sentence: `n1>n3, n1>n4`. */
export function found(answers: ProbeAnswers, state: 'open' | 'cut'): string[] {
  return Object.keys(answers).filter((link) => answers[link] === state);
}

/** Probe answers as a measure. */
export function asMeasure(answers: ProbeAnswers): Record<string, Json> {
  return { ...answers };
}

function runs(cluster: Cluster, end: string): boolean {
  return end === 'clients' || cluster.state(end) === 'running';
}

function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!);
}
