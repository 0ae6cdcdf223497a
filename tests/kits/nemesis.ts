/**
 * The contract of a fault as a suite: give it a fault and it is held to what the planner, the runner and the
 * reports rely on. A new fault is tested by one call.
 */
import { describe, expect, it } from 'vitest';
import type { Fault, Json, PlannedFault } from '../../harness/contracts.ts';
import { evidenceFlaw } from '../../harness/faults/guard.ts';
import { Seed } from '../../harness/random.ts';
import { UsageError } from '../../harness/registry.ts';
import { contextOf, FakeCluster, nodeNames } from './fake-cluster.ts';

/** What the suite must know about one fault. */
export interface FaultContract {
  fault: Fault;
  /** Parameters for modes that cannot be planned without any. */
  params?: Readonly<Record<string, Record<string, Json>>>;
  /** Messages on the links show whether it bit. */
  countsTraffic: boolean;
  /** Makes a cluster one on which a planned fault has something to do. */
  prepare?(cluster: FakeCluster, planned: PlannedFault): void;
  /** It leaves nothing behind to compare: done at once. */
  momentary?: boolean;
}

/** A planned fault of a mode, drawn from `seed` for `size` nodes. */
export function planOf(
  { fault, params }: FaultContract,
  mode: string,
  seed: number,
  size = 5,
  target?: PlannedFault['target'],
): PlannedFault {
  const rng = Seed.of(seed).fork(fault.name, mode).rng();
  const drawn = fault.plan(mode, params?.[mode] ?? {}, target, nodeNames(size), rng);
  return {
    id: `${fault.name}-1`,
    fault: fault.name,
    mode,
    lane: fault.lane,
    atNs: 0,
    untilNs: 1e9,
    ...drawn,
  };
}

/** Registers the whole suite for a fault. */
export function holdsToContract(contract: FaultContract): void {
  const { fault } = contract;
  const modes = Object.keys(fault.modes);
  describe(`${fault.name} holds to the contract`, () => {
    describesItself(contract);
    describe.each(modes)('mode %s', (mode) => {
      plans(contract, mode);
      isUndone(contract, mode);
      survivesTrouble(contract, mode);
    });
  });
}

function describesItself({ fault }: FaultContract): void {
  it('describes itself completely', () => {
    expect(fault.summary).toMatch(/^[A-Z].*\.$/);
    expect(Object.keys(fault.modes)).toContain(fault.defaultMode);
    expect(fault.lane).not.toBe('');
    expect(fault.span.label).not.toBe('');
    expect(Number.isInteger(fault.span.colour)).toBe(true);
    expect(fault.conflicts).not.toContain(fault.lane);
    for (const mode of Object.values(fault.modes)) {
      expect(mode.summary).not.toBe('');
      for (const spec of Object.values(mode.params ?? {})) {
        expect(spec.summary).not.toBe('');
        // Without a default there is nothing to infer the type from.
        if (spec.default === null) expect(spec.type).toBeDefined();
      }
    }
  });

  it('refuses modes and parameters it does not know, in words', () => {
    const rng = Seed.of(1).rng();
    const plan = (mode: string, params: Record<string, Json>) => () =>
      fault.plan(mode, params, undefined, nodeNames(5), rng);
    expect(plan('no-such-mode', {})).toThrow(UsageError);
    expect(plan(fault.defaultMode, { noSuchParameter: 1 })).toThrow(UsageError);
    expect(plan(fault.defaultMode, { noSuchParameter: 1 })).toThrow(/noSuchParameter/);
  });

  it('refuses a target that is not a node', () => {
    const plan = (): unknown =>
      fault.plan(fault.defaultMode, {}, ['n1', 'n9'], nodeNames(5), Seed.of(1).rng());
    expect(plan).toThrow(UsageError);
    expect(plan).toThrow(/n9/);
  });
}

function plans(contract: FaultContract, mode: string): void {
  const { fault } = contract;
  it('plans the same for the same seed, as plain data, and says what it needs', () => {
    for (let seed = 0; seed < 20; seed++) {
      const planned = planOf(contract, mode, seed);
      expect(planOf(contract, mode, seed)).toEqual(planned);
      expect(JSON.parse(JSON.stringify(planned))).toEqual(planned);
      expect(nodeNames(5)).toEqual(expect.arrayContaining(planned.nodes));
      if (planned.target !== 'leader') expect(planned.nodes.length).toBeGreaterThan(0);
      expect(fault.needs(mode, planned.params).length).toBeGreaterThan(0);
    }
  });
}

function isUndone(contract: FaultContract, mode: string): void {
  const { fault } = contract;
  it('is installed with evidence, and its undo restores the cluster exactly, once or twice', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const cluster = new FakeCluster();
      const context = contextOf(cluster, 'n2');
      const planned = planOf(contract, mode, seed);
      contract.prepare?.(cluster, planned);
      const before = cluster.snapshot();
      expect(fault.undoActions(planned, context).length).toBeGreaterThan(0);
      const evidence = await fault.inject(planned, context);
      expect(evidenceFlaw(evidence)).toBeNull();
      expect(evidence.state).toBe('installed');
      expect(evidence.measures['nodes']).toEqual(planned.nodes.length > 0 ? planned.nodes : ['n2']);
      if (contract.momentary !== true) expect(cluster.snapshot()).not.toEqual(before);
      const undone = await fault.undo(planned, context);
      expect(evidenceFlaw(undone)).toBeNull();
      expect(undone.state).toBe('installed');
      expect(cluster.snapshot()).toEqual(before);
      expect((await fault.undo(planned, context)).state).not.toBe('failed');
      expect(cluster.snapshot()).toEqual(before);
    }
  });

  it('can be installed again after it was undone', async () => {
    const cluster = new FakeCluster();
    const planned = planOf(contract, mode, 3);
    contract.prepare?.(cluster, planned);
    for (let round = 0; round < 2; round++) {
      expect((await fault.inject(planned, contextOf(cluster, 'n4'))).state).toBe('installed');
      expect((await fault.undo(planned, contextOf(cluster, 'n4'))).state).toBe('installed');
    }
  });

  // A test only where it applies: there is nothing to count for faults that leave links alone.
  if (contract.countsTraffic) {
    it('says whether it bit by what it did to messages', async () => {
      const cluster = new FakeCluster();
      const context = contextOf(cluster, 'n1');
      const planned = planOf(contract, mode, 5);
      cluster.chatter();
      await fault.inject(planned, context);
      expect((await fault.undo(planned, context)).bit).toBe(false);
      await fault.inject(planned, context);
      cluster.chatter();
      expect((await fault.undo(planned, context)).bit).toBe(true);
    });
  }
}

function survivesTrouble(contract: FaultContract, mode: string): void {
  const { fault } = contract;
  it('leaves nothing behind when its injection failed and it is undone', async () => {
    const cluster = new FakeCluster();
    const context = contextOf(cluster, 'n3');
    const planned = planOf(contract, mode, 7);
    contract.prepare?.(cluster, planned);
    const before = cluster.snapshot();
    for (const primitive of [
      ...(['links.set', 'kill', 'pause', 'clocks.set', 'disks.set', 'members.change'] as const),
    ]) {
      cluster.broken.add(primitive);
    }
    const outcome = await fault.inject(planned, context).then(
      (evidence) => evidence.state,
      () => 'threw',
    );
    if (contract.momentary !== true) expect(['failed', 'threw']).toContain(outcome);
    cluster.broken.clear();
    expect((await fault.undo(planned, context)).state).not.toBe('failed');
    expect(cluster.snapshot()).toEqual(before);
  });

  it('does nothing once it was called off', async () => {
    const cluster = new FakeCluster();
    const before = cluster.snapshot();
    const planned = planOf(contract, mode, 9);
    const off = AbortSignal.abort(new Error('called off'));
    await expect(fault.inject(planned, contextOf(cluster, 'n1', off))).rejects.toThrow('called off');
    expect(cluster.snapshot()).toEqual(before);
  });

  it('is skipped with a reason when it waits for a leader and nobody leads', async () => {
    const cluster = new FakeCluster();
    const before = cluster.snapshot();
    const planned: PlannedFault = { ...planOf(contract, mode, 11), target: 'leader', nodes: [] };
    const evidence = await fault.inject(planned, contextOf(cluster, null));
    expect(evidence).toMatchObject({ state: 'skipped', summary: 'nobody leads at this moment' });
    expect(cluster.snapshot()).toEqual(before);
  });
}
