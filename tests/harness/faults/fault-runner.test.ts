/**
 * The runner of faults against faults that misbehave: throws, hangs, wrong answers, conflicts, healing.
 */
import { describe, expect, it } from 'vitest';
import type { Evidence, Fault, Json, NodeId, PlannedFault, UndoAction } from '../../../harness/contracts.ts';
import type { RunEvent } from '../../../harness/events.ts';
import { FaultRunner, type FaultRunnerOptions } from '../../../harness/faults/fault-runner.ts';
import { monotonicNs, sleep } from '../../../harness/time.ts';
import { FakeCluster } from '../../../plugins/kit/fake-cluster.ts';

const yes = (summary: string, bit: boolean | null = true): Evidence => ({
  state: 'installed',
  bit,
  summary,
  measures: {},
});

/** A fault that notes what is asked of it. */
function scripted(name: string, diary: string[], over: Partial<Fault> = {}): Fault {
  return {
    name,
    summary: 'Does as it is told.',
    modes: { plain: { summary: 'as told' } },
    defaultMode: 'plain',
    lane: name,
    conflicts: [],
    span: { label: name, colour: 1 },
    needs: () => [],
    plan: () => ({ target: 'all', nodes: [], params: {} }),
    undoActions: () => [{ kind: 'none', because: 'scripted' }],
    inject: async (fault) => {
      diary.push(`inject ${fault.id} ${fault.nodes.join()}`);
      return yes('in');
    },
    undo: async (fault) => {
      diary.push(`undo ${fault.id}`);
      return yes('out', null);
    },
    ...over,
  };
}

function planned(id: string, over: Partial<PlannedFault> = {}): PlannedFault {
  const fault = id.split('-')[0]!;
  return {
    id,
    fault,
    mode: 'plain',
    lane: fault,
    atNs: 1,
    untilNs: 2,
    target: ['n1'],
    nodes: ['n1'],
    params: { p: 1 },
    ...over,
  };
}

class Bench {
  readonly diary: string[] = [];
  readonly events: RunEvent[] = [];
  leader: NodeId | null = 'n3';
  clock = 0;
  readonly faults: Record<string, Fault> = {};
  readonly plan: PlannedFault[] = [];

  add(name: string, over: Partial<Fault> = {}): this {
    this.faults[name] = scripted(name, this.diary, over);
    return this;
  }

  runner(ids: (string | PlannedFault)[], over: Partial<FaultRunnerOptions> = {}): FaultRunner {
    this.plan.push(...ids.map((id) => (typeof id === 'string' ? planned(id) : id)));
    return new FaultRunner({
      cluster: new FakeCluster(),
      faults: this.faults,
      planned: this.plan,
      ledger: {
        beforeInject: async (id, actions: readonly UndoAction[]) => {
          this.diary.push(`ledger ${id} ${actions.map((action) => action.kind).join()}`);
        },
        undone: async (id) => {
          this.diary.push(`ledger ${id} undone`);
        },
      },
      leader: async () => this.leader,
      now: () => ++this.clock,
      onEvent: (event) => this.events.push(event),
      injectTimeoutMs: 60,
      undoTimeoutMs: 60,
      ...over,
    });
  }
}

const op = (verb: 'inject' | 'undo', id: string) => ({
  f: `${verb}-${id.split('-')[0]}`,
  value: { id, fault: id.split('-')[0]!, mode: 'plain', nodes: [], target: 'leader', params: {} } as Json,
});

describe('the ordinary course', () => {
  it('writes the undo down, injects, undoes, and reports both with evidence', async () => {
    const bench = new Bench().add('a');
    const runner = bench.runner(['a-1', 'a-2']);
    const injected = await runner.invoke(op('inject', 'a-1'));
    expect(injected).toMatchObject({ type: 'ok', value: { id: 'a-1', nodes: ['n1'], evidence: yes('in') } });
    expect(runner.active()).toEqual(['a-1']);
    expect(await runner.invoke(op('undo', 'a-1'))).toMatchObject({ type: 'ok' });
    expect(bench.diary).toEqual(['ledger a-1 none', 'inject a-1 n1', 'undo a-1', 'ledger a-1 undone']);
    expect(runner.results()).toMatchObject([
      {
        id: 'a-1',
        state: 'installed',
        bit: true,
        fromNs: expect.any(Number),
        inject: yes('in'),
        undo: yes('out', null),
      },
      { id: 'a-2', state: 'pending', bit: null, fromNs: null, toNs: null, inject: null, undo: null },
    ]);
    expect(runner.results()[0]!.toNs).toBeGreaterThan(runner.results()[0]!.fromNs!);
    expect(bench.events.map((event) => event.kind)).toEqual(['fault-injected', 'fault-undone']);
  });

  it('lets what was measured while it was in force decide whether it bit', async () => {
    const bench = new Bench().add('a', { undo: async () => yes('nobody noticed', false) });
    const runner = bench.runner(['a-1']);
    await runner.invoke(op('inject', 'a-1'));
    await runner.invoke(op('undo', 'a-1'));
    expect(runner.results()[0]).toMatchObject({ state: 'installed', bit: false });
  });

  it('asks who leads once, when it fires, and tells fault and history', async () => {
    const bench = new Bench().add('a');
    const runner = bench.runner([planned('a-1', { target: 'leader', nodes: [] })]);
    const done = await runner.invoke(op('inject', 'a-1'));
    bench.leader = 'n5';
    await runner.invoke(op('undo', 'a-1'));
    expect(bench.diary).toContain('inject a-1 n3');
    expect(done.value).toMatchObject({ nodes: ['n3'] });
    expect(runner.results()[0]!.nodes).toEqual(['n3']);
  });

  it('skips with a reason when nobody leads, and has nothing to undo then', async () => {
    const bench = new Bench().add('a');
    bench.leader = null;
    const runner = bench.runner([planned('a-1', { target: 'leader', nodes: [] })]);
    expect(await runner.invoke(op('inject', 'a-1'))).toMatchObject({
      type: 'fail',
      error: { definite: true, kind: 'skipped', message: 'nobody leads at this moment' },
    });
    expect(await runner.invoke(op('undo', 'a-1'))).toMatchObject({ type: 'fail' });
    expect(bench.diary).toEqual([]);
    expect(runner.results()[0]).toMatchObject({ state: 'skipped', bit: false });
  });

  it('answers operations that are not in the plan with a failure', async () => {
    const runner = new Bench().add('a').runner(['a-1']);
    expect(await runner.invoke(op('inject', 'a-7'))).toMatchObject({ type: 'info' });
    expect(await runner.invoke({ f: 'inject-b', value: { id: 'a-1' } })).toMatchObject({ type: 'info' });
    expect(await runner.invoke({ f: 'inject-a', value: null })).toMatchObject({ type: 'info' });
    expect(runner.results()[0]!.state).toBe('pending');
  });
});

describe('conflicts', () => {
  it('skips a fault whose node a conflicting lane holds, and takes it on other nodes', async () => {
    const bench = new Bench().add('kill').add('pause', { conflicts: ['kill'] });
    const runner = bench.runner([
      planned('kill-1', { nodes: ['n1', 'n2'] }),
      planned('pause-1', { nodes: ['n2', 'n3'] }),
      planned('pause-2', { nodes: ['n4'] }),
    ]);
    await runner.invoke(op('inject', 'kill-1'));
    expect(await runner.invoke(op('inject', 'pause-1'))).toMatchObject({
      type: 'fail',
      error: { message: 'kill-1 has n2' },
    });
    expect(await runner.invoke(op('inject', 'pause-2'))).toMatchObject({ type: 'ok' });
    await runner.invoke(op('undo', 'kill-1'));
    expect(runner.active()).toEqual(['pause-2']);
  });

  it('lets one lane hold one fault, even while it is only being installed', async () => {
    const bench = new Bench().add('a', {
      inject: async () => {
        await sleep(20);
        return yes('slow');
      },
    });
    const runner = bench.runner(['a-1', planned('a-2', { nodes: ['n5'] })]);
    const [first, second] = await Promise.all([
      runner.invoke(op('inject', 'a-1')),
      runner.invoke(op('inject', 'a-2')),
    ]);
    expect(first.type).toBe('ok');
    expect(second).toMatchObject({
      type: 'fail',
      error: { message: 'a-1 of the same lane is still in force' },
    });
  });

  it('lets an undo wait for the injection it belongs to', async () => {
    const bench = new Bench();
    bench.add('a', {
      inject: async () => {
        await sleep(20);
        bench.diary.push('in');
        return yes('slow');
      },
    });
    const runner = bench.runner(['a-1']);
    const injecting = runner.invoke(op('inject', 'a-1'));
    await sleep(5);
    await runner.invoke(op('undo', 'a-1'));
    await injecting;
    expect(bench.diary).toEqual(['ledger a-1 none', 'in', 'undo a-1', 'ledger a-1 undone']);
  });
});

describe('patience', () => {
  const MS = 1e6;
  const now = (): number => monotonicNs();
  const long = { atNs: 0, untilNs: 600 * MS };

  it('waits for a leader, and for another lane, up to half the planned stretch', async () => {
    const bench = new Bench().add('kill').add('pause', { conflicts: ['kill'] });
    bench.leader = null;
    const leaderless = planned('pause-1', { target: 'leader', nodes: [], ...long });
    const runner = bench.runner([planned('kill-1', { nodes: ['n3'] }), leaderless], { now });
    await runner.invoke(op('inject', 'kill-1'));
    const waiting = runner.invoke(op('inject', 'pause-1'));
    await sleep(60);
    bench.leader = 'n3';
    await sleep(60);
    expect(runner.active()).toEqual(['kill-1']);
    await runner.invoke(op('undo', 'kill-1'));
    expect(await waiting).toMatchObject({ type: 'ok', value: { nodes: ['n3'] } });
    expect(bench.events.filter((event) => event.kind === 'fault-injected')).toHaveLength(2);
  });

  it('gives up with the last reason when the obstacle stays', async () => {
    const bench = new Bench().add('a');
    bench.leader = null;
    const runner = bench.runner([planned('a-1', { target: 'leader', nodes: [], ...long })], { now });
    const began = now();
    expect(await runner.invoke(op('inject', 'a-1'))).toMatchObject({ type: 'fail' });
    expect(now() - began).toBeGreaterThan(290 * MS);
    expect(now() - began).toBeLessThan(600 * MS);
    expect(runner.results()[0]).toMatchObject({ state: 'skipped', fromNs: null });
  });

  it('tries again a fault that declined, with an entry in the ledger each time', async () => {
    const bench = new Bench();
    let attempts = 0;
    bench.add('a', { inject: async () => (++attempts < 3 ? { ...yes('no'), state: 'skipped' } : yes('in')) });
    const runner = bench.runner([planned('a-1', long)], { now });
    expect(await runner.invoke(op('inject', 'a-1'))).toMatchObject({ type: 'ok' });
    expect(bench.diary).toEqual([
      'ledger a-1 none',
      'ledger a-1 undone',
      'ledger a-1 none',
      'ledger a-1 undone',
      'ledger a-1 none',
    ]);
  });

  it('ends when the run heals, or when the fault is undone before it could begin', async () => {
    const bench = new Bench().add('a').add('b');
    bench.leader = null;
    const both = [planned('a-1', { target: 'leader', nodes: [], ...long }), planned('b-1', long)];
    const runner = bench.runner([...both, planned('b-2', long)], { now });
    await runner.invoke(op('inject', 'b-1'));
    const blocked = runner.invoke(op('inject', 'b-2'));
    const leaderless = runner.invoke(op('inject', 'a-1'));
    await sleep(20);
    expect(await runner.invoke(op('undo', 'b-2'))).toMatchObject({ type: 'fail' });
    expect(await blocked).toMatchObject({ type: 'fail' });
    await runner.healAll();
    expect(await leaderless).toMatchObject({ type: 'fail' });
    expect(bench.diary.filter((line) => line.startsWith('inject'))).toEqual(['inject b-1 n1']);
  });
});

describe('faults that misbehave', () => {
  it('turns a throw into failed evidence and undoes at once', async () => {
    const bench = new Bench().add('a', { inject: () => Promise.reject(new Error('no such link')) });
    const runner = bench.runner(['a-1']);
    expect(await runner.invoke(op('inject', 'a-1'))).toMatchObject({
      type: 'info',
      error: { definite: false, kind: 'fault-failed', message: 'inject a-1: no such link' },
    });
    expect(bench.diary).toEqual(['ledger a-1 none', 'undo a-1', 'ledger a-1 undone']);
    expect(runner.results()[0]).toMatchObject({ state: 'failed', bit: false, undo: { state: 'installed' } });
    expect(runner.active()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['no evidence', undefined],
    ['evidence without a state', { ...yes('x'), state: 'fine' }],
    ['evidence that does not say whether it bit', { ...yes('x'), bit: 'yes' }],
    ['evidence without a summary', yes('')],
    ['evidence without measures', { ...yes('x'), measures: [] }],
  ])('does not accept %s', async (flaw, answer) => {
    const bench = new Bench().add('a', { inject: async () => answer as Evidence });
    const runner = bench.runner(['a-1']);
    await runner.invoke(op('inject', 'a-1'));
    expect(runner.results()[0]!.inject?.summary).toBe(`inject a-1 answered ${flaw}`);
    expect(bench.diary).toContain('undo a-1');
  });

  it('gives up on an injection that hangs, undoes it, and undoes it again when it comes back', async () => {
    const bench = new Bench();
    bench.add('a', {
      inject: async () => {
        await sleep(120);
        bench.diary.push('late');
        return yes('late');
      },
    });
    const runner = bench.runner(['a-1']);
    const done = await runner.invoke(op('inject', 'a-1'));
    expect(done).toMatchObject({ type: 'info', error: { message: 'inject a-1 took longer than 60 ms' } });
    await runner.healAll();
    const late = bench.diary.indexOf('late');
    expect(bench.diary.indexOf('undo a-1')).toBeLessThan(late);
    expect(bench.diary.lastIndexOf('undo a-1')).toBeGreaterThan(late);
    expect(runner.results()[0]!.state).toBe('failed');
  });

  it('heals in bounded time when a call never comes back', async () => {
    const bench = new Bench().add('a', { inject: () => new Promise(() => undefined) });
    const runner = bench.runner(['a-1']);
    await runner.invoke(op('inject', 'a-1'));
    expect(await runner.healAll()).toEqual({ undone: [], problems: [] });
    expect(bench.diary.filter((line) => line === 'undo a-1')).toHaveLength(2);
  });

  it('injects nothing whose undo could not be written down', async () => {
    const bench = new Bench().add('a');
    const runner = bench.runner(['a-1'], {
      ledger: { beforeInject: () => Promise.reject(new Error('disk full')), undone: async () => undefined },
    });
    expect(await runner.invoke(op('inject', 'a-1'))).toMatchObject({ type: 'info' });
    expect(runner.results()[0]!.inject?.summary).toBe('the undo could not be written down first: disk full');
    expect(bench.diary).toEqual([]);
    expect(runner.active()).toEqual([]);
  });

  it('reports a fault that is not in the registry', async () => {
    const runner = new Bench().runner(['ghost-1']);
    await runner.invoke(op('inject', 'ghost-1'));
    expect(runner.results()[0]!.inject?.summary).toBe('there is no fault called ghost');
  });

  it('fails, in words, when who leads cannot be found out', async () => {
    const bench = new Bench().add('a');
    const runner = bench.runner([planned('a-1', { target: 'leader', nodes: [] })], {
      leader: () => Promise.reject(new Error('observers gone')),
    });
    expect(await runner.invoke(op('inject', 'a-1'))).toMatchObject({
      type: 'info',
      error: { message: 'who leads could not be found out: observers gone' },
    });
  });
});

describe('healing', () => {
  it('undoes everything, latest first, and refuses what comes after', async () => {
    const bench = new Bench().add('a').add('b').add('c');
    const runner = bench.runner(['a-1', 'b-1', 'c-1', 'c-2']);
    for (const id of ['b-1', 'a-1', 'c-1']) await runner.invoke(op('inject', id));
    bench.diary.length = 0;
    expect(await runner.healAll()).toEqual({ undone: ['c-1', 'a-1', 'b-1'], problems: [] });
    expect(bench.diary.filter((line) => line.startsWith('undo'))).toEqual([
      'undo c-1',
      'undo a-1',
      'undo b-1',
    ]);
    expect(await runner.invoke(op('inject', 'c-2'))).toMatchObject({
      type: 'fail',
      error: { message: 'the run is healing' },
    });
    expect(await runner.invoke(op('undo', 'a-1'))).toMatchObject({
      type: 'fail',
      error: { message: 'was undone already' },
    });
    expect(await runner.healAll()).toEqual({ undone: [], problems: [] });
  });

  it('tries twice, then names what could not be undone, and never throws', async () => {
    let attempts = 0;
    const bench = new Bench()
      .add('a', { undo: () => Promise.reject(new Error(`stuck ${++attempts}`)) })
      .add('b');
    const runner = bench.runner(['a-1', 'b-1']);
    await runner.invoke(op('inject', 'a-1'));
    await runner.invoke(op('inject', 'b-1'));
    expect(await runner.healAll()).toEqual({
      undone: ['b-1'],
      problems: ['a-1 could not be undone: undo a-1: stuck 2'],
    });
    // What a failed undo says of the effect counts for nothing.
    expect(runner.results()[0]).toMatchObject({
      state: 'installed',
      bit: true,
      toNs: null,
      undo: { state: 'failed' },
    });
  });

  it('calls off an injection that is under way, and undoes it', async () => {
    const bench = new Bench();
    bench.add('a', {
      inject: async (_fault, { signal }) => {
        await sleep(10_000, signal);
        return yes('never');
      },
    });
    const runner = bench.runner(['a-1'], { injectTimeoutMs: 10_000 });
    const injecting = runner.invoke(op('inject', 'a-1'));
    await sleep(10);
    await runner.healAll();
    expect(await injecting).toMatchObject({ type: 'info', error: { message: 'the run is healing' } });
    expect(bench.diary).toContain('undo a-1');
    expect(runner.active()).toEqual([]);
  });

  it('undoes once however many ask at the same time', async () => {
    const bench = new Bench();
    bench.add('a', {
      undo: async () => {
        bench.diary.push('undo');
        await sleep(20);
        return yes('out');
      },
    });
    const runner = bench.runner(['a-1']);
    await runner.invoke(op('inject', 'a-1'));
    await Promise.all([runner.invoke(op('undo', 'a-1')), runner.healAll()]);
    expect(bench.diary.filter((line) => line === 'undo')).toHaveLength(1);
  });

  it('tells rather than fails when the ledger cannot record an undo', async () => {
    const bench = new Bench().add('a');
    const runner = bench.runner(['a-1'], {
      ledger: { beforeInject: async () => undefined, undone: () => Promise.reject(new Error('disk full')) },
    });
    await runner.invoke(op('inject', 'a-1'));
    expect(await runner.invoke(op('undo', 'a-1'))).toMatchObject({ type: 'ok' });
    expect(bench.events).toContainEqual({
      kind: 'notice',
      text: 'the ledger could not record that a-1 is undone: disk full',
    });
  });
});
