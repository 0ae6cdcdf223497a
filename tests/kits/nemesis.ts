/**
 * Every fault that comes along keeps the contract of `faultline/kit`, and what plug-ins need not: what the planner and the
 * reports say of it, nodes in its evidence, and a count of messages where it works on links. A new fault is tested by one
 * call.
 */
import { describe, expect, it } from 'vitest';
import type { Fault, Json, PlannedFault } from '../../harness/contracts.ts';
import { Seed } from '../../harness/random.ts';
import { UsageError } from '../../harness/registry.ts';
import { contextOf, FakeCluster, nodeNames } from '../../plugins/kit/fake-cluster.ts';
import { faultKit, INJECTING, planned } from '../../plugins/kit/fault-kit.ts';
import type { FaultKitOptions } from '../../plugins/kit/options.ts';

/** What the suite must know about one fault. */
export interface FaultContract extends FaultKitOptions {
  fault: Fault;
  /** Messages on the links show whether it bit. */
  countsTraffic: boolean;
  /** It leaves nothing behind to compare: done at once. */
  momentary?: boolean;
}

/** Registers the whole suite for a fault. */
export function holdsToContract(contract: FaultContract): void {
  const { fault } = contract;
  describe(`${fault.name} holds to the contract`, () => {
    for (const { name, run } of faultKit(fault, contract))
      it(name, () => expect(run()).resolves.toBeUndefined());
    describesItself(contract);
    describe.each(Object.keys(fault.modes))('mode %s', (mode) => {
      plans(contract, mode);
      isInstalled(contract, mode);
      says(contract, mode);
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
    for (const mode of Object.values(fault.modes)) expect(mode.summary).not.toBe('');
  });

  it('refuses what it does not know as an error of usage', () => {
    const plan = (mode: string, params: Record<string, Json>, target?: string[]) => () =>
      fault.plan(mode, params, target, nodeNames(5), Seed.of(1).rng());
    expect(plan('no-such-mode', {})).toThrow(UsageError);
    expect(plan(fault.defaultMode, { noSuchParameter: 1 })).toThrow(UsageError);
    expect(plan(fault.defaultMode, {}, ['n1', 'n9'])).toThrow(UsageError);
    expect(plan(fault.defaultMode, {}, ['n1', 'n9'])).toThrow(/n9/);
  });
}

function plans(contract: FaultContract, mode: string): void {
  const { fault } = contract;
  it('plans for nodes, and says what it needs', () => {
    for (let seed = 0; seed < 20; seed++) {
      const one = planned(fault, mode, seed, contract);
      if (one.target !== 'leader') expect(one.nodes.length).toBeGreaterThan(0);
      expect(fault.needs(mode, one.params).length).toBeGreaterThan(0);
    }
  });
}

function isInstalled(contract: FaultContract, mode: string): void {
  const { fault } = contract;
  it('changes the cluster, with its nodes as evidence, and is undone', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const cluster = new FakeCluster();
      const context = contextOf(cluster, 'n2');
      const one = planned(fault, mode, seed, contract);
      contract.prepare?.(cluster, one);
      const before = cluster.snapshot();
      const { measures } = await fault.inject(one, context);
      expect(measures['nodes']).toEqual(one.nodes.length > 0 ? one.nodes : ['n2']);
      if (contract.momentary !== true) expect(cluster.snapshot()).not.toEqual(before);
      expect((await fault.undo(one, context)).state).toBe('installed');
    }
  });

  it('can be installed again after it was undone', async () => {
    const cluster = new FakeCluster();
    const one = planned(fault, mode, 3, contract);
    contract.prepare?.(cluster, one);
    for (let round = 0; round < 2; round++) {
      expect((await fault.inject(one, contextOf(cluster, 'n4'))).state).toBe('installed');
      expect((await fault.undo(one, contextOf(cluster, 'n4'))).state).toBe('installed');
    }
  });

  // A test only where it applies: there is nothing to count for faults that leave links alone.
  if (contract.countsTraffic) {
    it('says whether it bit by what it did to messages', async () => {
      const cluster = new FakeCluster();
      const context = contextOf(cluster, 'n1');
      const one = planned(fault, mode, 5, contract);
      cluster.chatter();
      await fault.inject(one, context);
      expect((await fault.undo(one, context)).bit).toBe(false);
      await fault.inject(one, context);
      cluster.chatter();
      expect((await fault.undo(one, context)).bit).toBe(true);
    });
  }
}

function says(contract: FaultContract, mode: string): void {
  const { fault } = contract;
  it('says that an injection failed', async () => {
    const cluster = new FakeCluster();
    const one = planned(fault, mode, 7, contract);
    contract.prepare?.(cluster, one);
    for (const primitive of INJECTING) cluster.broken.add(primitive);
    const outcome = await fault.inject(one, contextOf(cluster, 'n3')).then(
      (evidence) => evidence.state,
      () => 'threw',
    );
    expect(contract.momentary === true ? ['installed'] : ['failed', 'threw']).toContain(outcome);
  });

  it('says that it was called off, and that nobody leads', async () => {
    const cluster = new FakeCluster();
    const off = AbortSignal.abort(new Error('called off'));
    const injected = fault.inject(planned(fault, mode, 9, contract), contextOf(cluster, 'n1', off));
    await expect(injected).rejects.toThrow('called off');
    const waiting: PlannedFault = { ...planned(fault, mode, 11, contract), target: 'leader', nodes: [] };
    const { summary } = await fault.inject(waiting, contextOf(cluster, null));
    expect(summary).toBe('nobody leads at this moment');
  });
}
