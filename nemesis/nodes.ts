/**
 * Doing one thing to several nodes at once, collecting what each said; one node's trouble hides no other's.
 */
import type { Cluster, Evidence, NodeId } from '../harness/contracts.ts';

/** True while a node has processes that can be hurt: running, starting or paused. */
export function isUp(cluster: Cluster, node: NodeId): boolean {
  const state = cluster.state(node);
  return state !== 'stopped' && state !== 'crashed';
}

/** What several nodes answered: summaries by node, and a sentence for each that failed. */
export interface Answers {
  evidence: Map<NodeId, Evidence>;
  summaries: Record<string, string>;
  failures: string[];
}

/** Applies `act` to every node in parallel and waits for all; a throw becomes that node's failure. */
export async function onEach(
  nodes: readonly NodeId[],
  act: (node: NodeId) => Promise<Evidence>,
): Promise<Answers> {
  const answers: Answers = { evidence: new Map(), summaries: {}, failures: [] };
  await Promise.all(
    nodes.map(async (node) => {
      try {
        const evidence = await act(node);
        answers.evidence.set(node, evidence);
        answers.summaries[node] = evidence.summary;
        if (evidence.state !== 'installed') answers.failures.push(`${node}: ${evidence.summary}`);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        answers.summaries[node] = message;
        answers.failures.push(`${node}: ${message}`);
      }
    }),
  );
  return answers;
}
