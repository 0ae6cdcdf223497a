/**
 * The shape shared by faults of somebody who gets at whole messages: a tap on the links around some nodes, and
 * its own counts as the evidence that it bit.
 */
import type {
  Capability,
  Evidence,
  Fault,
  FaultContext,
  Json,
  MessageTap,
  NodeId,
  ParameterSpec,
  PlannedFault,
  TapSpec,
  TargetSpec,
} from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import type { TapCounts } from '../harness/link-data.ts';
import { makeTap } from '../harness/taps/make-tap.ts';
import { count, installed, skipped } from './evidence.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, nodesNow } from './targets.ts';

/** What tells one of these faults from another. */
export interface TapQuality {
  name: string;
  summary: string;
  kind: TapSpec['kind'];
  capability: Capability;
  modes: Fault['modes'];
  defaultMode: string;
  colour: number;
  sameNodes?: true;
  /** What it aims at where nothing is said, in a cluster of so many nodes. */
  defaultTarget(nodes: number): TargetSpec;
  /** How many messages it did something to. */
  hits(counts: TapCounts): number;
  /** What it did to them: `12 of 300 messages lied about`. */
  verb: string;
  /** Evidence beyond the counts, when it ends. */
  ended?(fault: PlannedFault, tap: MessageTap, context: FaultContext): Record<string, Json>;
}

/** Whether clients' links are tapped too. */
export const CLIENTS_PARAM: Readonly<Record<string, ParameterSpec>> = {
  clients: { summary: 'also the links between clients and the targets', default: false },
};

/** Which links around the targets are tapped. */
export const DIRECTION_PARAM: Readonly<Record<string, ParameterSpec>> = {
  direction: {
    summary: 'links from the targets, to them, or both',
    default: 'both',
    choices: ['both', 'in', 'out'],
  },
};

/** Builds the fault. */
export function tapFault(quality: TapQuality): Fault {
  const notes = new Notebook<MessageTap>();

  function specOf({ mode, params }: PlannedFault, nodes: readonly NodeId[]): TapSpec {
    const { direction, probability, minAgeMs } = params;
    return {
      kind: quality.kind,
      mode,
      nodes: [...nodes],
      direction: typeof direction === 'string' ? (direction as 'both') : 'out',
      clients: params['clients'] === true,
      probability: typeof probability === 'number' ? probability : 1,
      ...(typeof minAgeMs === 'number' ? { minAgeMs } : {}),
      seed: params['seed'] as number,
    };
  }

  async function inject(planned: PlannedFault, context: FaultContext): Promise<Evidence> {
    const { cluster, signal } = context;
    const targets = await nodesNow(planned, context);
    if (targets.length === 0) return skipped('nobody leads at this moment');
    signal.throwIfAborted();
    const tap = makeTap(specOf(planned, targets));
    notes.write(cluster, planned.id, tap);
    cluster.links.tap(planned.id, tap);
    // What it does shows once messages pass; the undo counts them.
    return installed(`tap on the links of ${targets.join(', ')}`, null, { nodes: targets });
  }

  async function undo(planned: PlannedFault, context: FaultContext): Promise<Evidence> {
    const { cluster } = context;
    cluster.links.clear(planned.id);
    const tap = notes.read(cluster, planned.id);
    if (tap === undefined) return skipped('was not installed');
    notes.erase(cluster, planned.id);
    const hits = quality.hits(tap.counts);
    const measures = { ...tap.counts, hits, ...quality.ended?.(planned, tap, context) };
    const passed = count(tap.counts.seen, 'message');
    return hits > 0
      ? installed(`${hits} of ${passed} ${quality.verb}`, true, measures)
      : installed(`no message was ${quality.verb} (${passed} passed)`, false, measures);
  }

  const fault: Fault = {
    name: quality.name,
    summary: quality.summary,
    modes: quality.modes,
    defaultMode: quality.defaultMode,
    lane: quality.name,
    conflicts: [],
    ...(quality.sameNodes === true ? { sameNodes: true as const } : {}),
    span: { label: quality.name, colour: quality.colour },
    needs: () => [quality.capability],
    plan(mode, params, target, nodes, rng) {
      const given = resolveParams(fault, mode, params);
      const drawn = drawTarget(target, nodes, rng, [quality.defaultTarget(nodes.length)]);
      return { ...drawn, params: { ...given, seed: rng.int(0, 0x7fff_ffff) } };
    },
    undoActions: () => [{ kind: 'none', because: 'links live in the harness process and end with it' }],
    effect: (planned, targets) => ({ taps: [specOf(planned, targets)] }),
    inject,
    undo,
  };
  return fault;
}
