/**
 * Somebody else's deployment: nodes are restarted one after the other with another configuration, another version or
 * another program, so that for a while two kinds run side by side; and back again, one by one, when it ends.
 */
import type { Evidence, Fault, FaultContext, NodeId, PlannedFault, Variants } from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { UsageError } from '../harness/registry.ts';
import { sleep } from '../harness/time.ts';
import { count, failed, installed, skipped } from './evidence.ts';
import { isUp } from './nodes.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, inOrder, nodesNow } from './targets.ts';

/** Nodes that were changed, and what each ran before. */
const notes = new Notebook<Map<NodeId, string | null>>();

/** Stops a node, gives it the variant and starts it again; what went wrong, or null. */
async function restartAs(
  { cluster }: FaultContext,
  variants: Variants,
  node: NodeId,
  variant: string | null,
): Promise<string | null> {
  const stopped = isUp(cluster, node) ? await cluster.stop(node) : null;
  variants.set(node, variant);
  if (stopped !== null && stopped.state === 'failed') return `${node}: ${stopped.summary}`;
  const started = await cluster.restart(node);
  return started.state === 'failed' ? `${node}: ${started.summary}` : null;
}

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal, variants } = context;
  const targets = await nodesNow(fault, context);
  if (targets.length === 0) return skipped('nobody leads at this moment');
  if (variants === undefined || variants.names.length === 0) return skipped('the run declares no variants');
  signal.throwIfAborted();
  const up = targets.filter((node) => isUp(cluster, node));
  if (up.length === 0) return skipped(`${targets.join(', ')} already down`, { nodes: targets });
  const variant = chosen(fault, variants);
  const before = new Map<NodeId, string | null>();
  notes.write(cluster, fault.id, before);
  const problems: string[] = [];
  for (const node of up) {
    if (signal.aborted) break;
    before.set(node, variants.of(node));
    const problem = await restartAs(context, variants, node, variant);
    if (problem !== null) problems.push(problem);
    if (node !== up.at(-1)) await sleep(fault.params['pauseMs'] as number, signal);
  }
  const done = [...before.keys()];
  const measures = { nodes: up, variant, restarted: done, running: running(cluster.nodes, variants) };
  if (problems.length > 0) return failed(problems.join('; '), measures);
  return installed(`${done.join(', ')} restarted one by one as ${variant}`, true, measures);
}

function chosen({ params }: PlannedFault, { names }: Variants): string {
  const asked = params['variant'];
  if (typeof asked !== 'string') return names[(params['draw'] as number) % names.length]!;
  if (names.includes(asked)) return asked;
  throw new UsageError(`there is no variant "${asked}"`, { hint: `there are ${names.join(', ')}` });
}

function running(nodes: readonly NodeId[], variants: Variants): Record<NodeId, string> {
  return Object.fromEntries(nodes.map((node) => [node, variants.of(node) ?? 'as configured']));
}

async function undo(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, variants } = context;
  const before = notes.read(cluster, fault.id);
  if (before === undefined || variants === undefined) return skipped('was not installed');
  const problems: string[] = [];
  for (const [node, variant] of before) {
    if (variants.of(node) === variant && isUp(cluster, node)) continue;
    const problem = await restartAs(context, variants, node, variant);
    if (problem !== null) problems.push(problem);
  }
  const measures = { restored: [...before.keys()], running: running(cluster.nodes, variants) };
  if (problems.length > 0) return failed(problems.join('; '), measures);
  notes.erase(cluster, fault.id);
  return installed(`${count(before.size, 'node')} restarted as before, one by one`, null, measures);
}

/** The rolling fault, one lane; it restarts nodes, so nothing else may stop or pause them meanwhile. */
export const rolling: Fault = {
  name: 'rolling',
  summary: 'Restarts nodes one by one with another configuration or program, and back when it ends.',
  modes: {
    restart: {
      summary: 'to a variant that the system or the configuration declares',
      params: {
        variant: { summary: 'its name; default: drawn', default: null, type: 'string' },
        pauseMs: { summary: 'pause between two nodes', default: 300, min: 0, max: 60_000 },
      },
    },
  },
  defaultMode: 'restart',
  lane: 'rolling',
  conflicts: ['kill', 'pause', 'power', 'damage'],
  span: { label: 'rolling', colour: 19 },
  needs: () => ['process.kill', 'process.restart', 'node.variants'],
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(rolling, mode, params);
    const drawn = drawTarget(target, nodes, rng, ['all', 'minority', 'majority']);
    const order = target === 'leader' ? drawn.nodes : inOrder(drawn.nodes, nodes);
    return { ...drawn, nodes: order, params: { ...given, draw: rng.int(0, 9_999) } };
  },
  undoActions: () => [
    {
      kind: 'none',
      because: 'a node that was restarted holds nothing; the run that would put it back is over',
    },
  ],
  inject,
  undo,
};
