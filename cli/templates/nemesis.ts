/**
 * The fault that `faultline new nemesis` writes.
 */

/** Its module. TypeScript and JavaScript alike. */
export function nemesisModule(name: string): string {
  return `/**
 * One way to hurt a cluster, and how it is undone: nodes stop being scheduled for a while.
 * \`faultline kit\` holds it to its contract, \`faultline describe ${name}\` shows what it says of itself.
 */
import { defineFault, drawTarget, installed, nodesNow, onEach, resolveParams, skipped } from 'faultline/plugin';

const fault = defineFault({
  name: '${name}',
  summary: 'Nodes stop for a while, and go on.',
  modes: {
    brief: { summary: 'one node' },
    broad: { summary: 'every node but a majority' },
  },
  defaultMode: 'brief',
  // Faults of one lane never overlap; those of other lanes may, unless they conflict on the same node.
  lane: '${name}',
  conflicts: ['kill', 'pause', 'power', 'rolling'],
  span: { label: '${name}', colour: 5 },
  // What a backend must be able to do; where it is not, the fault is left out, and the report says so.
  needs: () => ['process.pause'],
  // Decided before anything starts, from the seeded rng alone.
  plan(mode, params, target, nodes, rng) {
    const drawn = drawTarget(target, nodes, rng, [mode === 'broad' ? 'minority' : 'one']);
    return { ...drawn, params: resolveParams(fault, mode, params) };
  },
  // What \`faultline clean\` must do if the harness is killed meanwhile.
  undoActions: () => [{ kind: 'none', because: 'nodes that are left are ended by faultline clean' }],
  // The same as data, for the short runs of the simulator: \`faultline explore\`.
  effect: (_planned, targets) => ({ pause: targets }),
  async inject(planned, context) {
    const nodes = await nodesNow(planned, context);
    if (nodes.length === 0) return skipped('nobody leads at this moment');
    context.signal.throwIfAborted();
    const { failures } = await onEach(nodes, (node) => context.cluster.pause(node));
    if (failures.length > 0) throw new Error(failures.join('; '));
    // Evidence: did it take, and does a measurement show that it bit?
    const stopped = nodes.every((node) => context.cluster.state(node) === 'paused');
    return installed(\`\${nodes.join(', ')} stopped\`, stopped, { nodes });
  },
  // Called whatever happened, also after an injection that failed half-way, and also twice.
  async undo(_planned, { cluster }) {
    const stopped = cluster.nodes.filter((node) => cluster.state(node) === 'paused');
    if (stopped.length === 0) return skipped('no node is stopped');
    const { failures } = await onEach(stopped, (node) => cluster.resume(node));
    if (failures.length > 0) throw new Error(failures.join('; '));
    return installed(\`\${stopped.join(', ')} go on\`, null, { resumed: stopped });
  },
});

export default fault;
`;
}
