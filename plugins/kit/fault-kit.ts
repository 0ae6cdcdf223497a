/**
 * The contract of a fault, held against a cluster in memory: planned the same for the same seed, installed with
 * evidence, undone to the last bit, also when its injection failed half-way or it was called off.
 */
import type { Fault, Json, PlannedFault } from '../../harness/contracts.ts';
import { evidenceFlaw } from '../../harness/faults/guard.ts';
import { Seed } from '../../harness/random.ts';
import { checkOf, demand, demandPlain, demandSame, type KitCheck, messageOf } from './checks.ts';
import { contextOf, FakeCluster, nodeNames } from './fake-cluster.ts';
import type { FaultKitOptions } from './options.ts';

/** The checks for a fault. */
export function faultKit(fault: Fault, options: FaultKitOptions = {}): KitCheck[] {
  const modes = Object.keys(fault.modes);
  return [
    checkOf('describes itself and its modes', () => describes(fault)),
    checkOf('refuses modes and parameters it does not know', () => refuses(fault)),
    ...modes.flatMap((mode) => checksOf(fault, mode, options)),
  ];
}

/** What a fault is drawn for. */
interface DrawnFor {
  /** Nodes of the cluster. */
  size: number;
  target: PlannedFault['target'];
}

/** Primitives that fail where an injection fails half-way. */
export const INJECTING = ['links.set', 'kill', 'pause', 'clocks.set', 'disks.set', 'members.change'] as const;

function describes({ name, summary, lane, conflicts, modes, needs }: Fault): void {
  demand(summary.length >= 10, 'the summary says too little');
  demand(
    !conflicts.includes(lane),
    `it conflicts with its own lane, ${lane}: faults of one lane never overlap anyway`,
  );
  for (const [mode, { params = {} }] of Object.entries(modes)) {
    demand(Array.isArray(needs(mode, {})), `${name}: needs("${mode}") is no list of capabilities`);
    for (const [param, spec] of Object.entries(params)) {
      demand(spec.summary !== '', `the parameter ${param} of ${mode} is not described`);
      demand(
        spec.default !== null || spec.type !== undefined,
        `the parameter ${param} of ${mode} has neither default nor type`,
      );
    }
  }
}

function refuses(fault: Fault): void {
  const plan = (mode: string, params: Record<string, Json>): string => {
    try {
      fault.plan(mode, params, undefined, nodeNames(5), Seed.of(1).rng());
      return '';
    } catch (error) {
      return messageOf(error);
    }
  };
  demand(
    plan('no-such-mode', {}) !== '',
    'plan accepts a mode that does not exist (resolveParams refuses it)',
  );
  const said = plan(fault.defaultMode, { noSuchParameter: 1 });
  demand(
    said.includes('noSuchParameter'),
    'plan accepts a parameter that does not exist (resolveParams refuses it)',
  );
}

/** A planned fault of a mode, drawn from `seed` for so many nodes. */
export function planned(
  fault: Fault,
  mode: string,
  seed: number,
  { params, size = 5, target }: Pick<FaultKitOptions, 'params'> & Partial<DrawnFor>,
): PlannedFault {
  const rng = Seed.of(seed).fork(fault.name, mode).rng();
  const drawn = fault.plan(mode, params?.[mode] ?? {}, target, nodeNames(size), rng);
  return {
    ...{ id: `${fault.name}-1`, fault: fault.name, mode, lane: fault.lane, atNs: 0, untilNs: 1e9 },
    ...drawn,
  };
}

function checksOf(fault: Fault, mode: string, options: FaultKitOptions): KitCheck[] {
  const scene = (seed: number): { cluster: FakeCluster; one: PlannedFault; before: unknown } => {
    const cluster = new FakeCluster();
    const one = planned(fault, mode, seed, options);
    options.prepare?.(cluster, one);
    return { cluster, one, before: cluster.snapshot() };
  };
  return [
    checkOf(`${mode}: plans the same for the same seed, as plain data`, () => {
      for (let seed = 0; seed < 20; seed++) {
        const one = planned(fault, mode, seed, options);
        demandSame(planned(fault, mode, seed, options), one, 'planned twice from one seed');
        demandPlain(one, 'what it plans');
        demand(
          one.nodes.every((node) => nodeNames(5).includes(node)),
          `it plans for nodes that are not there: ${one.nodes.join(', ')}`,
        );
      }
    }),
    checkOf(`${mode}: is injected with evidence, and undone to the last bit, once or twice`, async () => {
      for (let seed = 0; seed < 10; seed++) {
        const { cluster, one, before } = scene(seed);
        const context = contextOf(cluster, 'n2');
        demand(
          fault.undoActions(one, context).length > 0,
          "undoActions says nothing: at least { kind: 'none', because }",
        );
        const evidence = await fault.inject(one, context);
        demandEvidence(evidence, 'inject');
        demand(evidence.state === 'installed', `inject ended ${evidence.state}: ${evidence.summary}`);
        const undone = await fault.undo(one, context);
        demandEvidence(undone, 'undo');
        demand(undone.state !== 'failed', `undo failed: ${undone.summary}`);
        demandSame(cluster.snapshot(), before, 'the cluster is not what it was before');
        const again = await fault.undo(one, context);
        demand(again.state !== 'failed', `a second undo failed: ${again.summary}`);
        demandSame(cluster.snapshot(), before, 'a second undo changed the cluster');
      }
    }),
    checkOf(`${mode}: leaves nothing when its injection fails half-way`, async () => {
      const { cluster, one, before } = scene(7);
      const context = contextOf(cluster, 'n3');
      for (const primitive of INJECTING) cluster.broken.add(primitive);
      await fault.inject(one, context).catch(() => null);
      cluster.broken.clear();
      const undone = await fault.undo(one, context);
      demand(undone.state !== 'failed', `undo failed: ${undone.summary}`);
      demandSame(cluster.snapshot(), before, 'something is left of an injection that failed');
    }),
    checkOf(`${mode}: does nothing once it was called off`, async () => {
      const { cluster, one, before } = scene(9);
      const off = AbortSignal.abort(new Error('called off'));
      await fault.inject(one, contextOf(cluster, 'n1', off)).catch(() => null);
      demandSame(cluster.snapshot(), before, 'it was called off before it began (signal.throwIfAborted)');
    }),
    checkOf(`${mode}: is skipped when it waits for a leader and nobody leads`, async () => {
      const { cluster, one, before } = scene(11);
      const evidence = await fault.inject({ ...one, target: 'leader', nodes: [] }, contextOf(cluster, null));
      demandEvidence(evidence, 'inject');
      demand(
        evidence.state === 'skipped',
        `it ended ${evidence.state}: ${evidence.summary} (nodesNow gives no node then)`,
      );
      demandSame(cluster.snapshot(), before, 'it changed the cluster all the same');
    }),
  ];
}

function demandEvidence(evidence: unknown, of: string): void {
  const flaw = evidenceFlaw(evidence);
  demand(flaw === null, `what ${of} returns is no evidence: ${flaw}`);
}
