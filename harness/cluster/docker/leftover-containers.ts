/**
 * Removes what a run left with an engine: found by the labels of the run and of this machine, and by nothing else.
 */
import { Engine, type Kind, type Labels, runLabels } from './engine.ts';

/** What was removed, one phrase each, and what could not be. */
export interface Removal {
  did: string[];
  problems: string[];
}

/** Containers first: they hold the others. */
const ORDER: readonly Kind[] = ['container', 'network', 'volume', 'image'];

/** Removes everything with these labels. Never rejects. */
export async function removeLabelled(engine: Engine, labels: Labels): Promise<Removal> {
  const removal: Removal = { did: [], problems: [] };
  for (const kind of ORDER) {
    try {
      const ids = await engine.labelled(kind, labels);
      await Promise.all(
        ids.map(async (id) => {
          await engine.remove(kind, id);
          removal.did.push(`removed ${kind} ${id.replace(/^sha256:/, '').slice(0, 24)}`);
        }),
      );
    } catch (error) {
      removal.problems.push(`removing every ${kind} of the run: ${(error as Error).message}`);
      // An engine that does not answer will not answer the next question either.
      break;
    }
  }
  return removal;
}

/** Removes what a run of this machine left at an engine, by the engine's address. Never rejects. */
export async function removeLeftovers(address: string, run: string): Promise<Removal> {
  try {
    const engine = new Engine(address);
    await engine.version();
    return await removeLabelled(engine, runLabels(run));
  } catch (error) {
    return { did: [], problems: [(error as Error).message] };
  }
}
