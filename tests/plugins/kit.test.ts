/**
 * The kits: what comes along keeps the contracts, what is planted breaks exactly the check that is about it.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { CHECKERS } from '../../checkers/registry.ts';
import type { TestOp } from '../../checkers/testing/subject.ts';
import type { Fault, System } from '../../harness/contracts.ts';
import type { Workload } from '../../harness/workload.ts';
import { FAULTS } from '../../nemesis/index.ts';
import {
  checkerKit,
  faultKit,
  type KitCheck,
  kitOf,
  systemKit,
  workloadKit,
} from '../../plugins/kit/index.ts';
import { correctObject } from '../../plugins/kit/objects.ts';
import { sampleOf } from '../../plugins/kit/samples.ts';
import { bully } from '../../systems/bully.ts';
import { nodeSystem } from '../../systems/node-system.ts';
import { WORKLOADS } from '../../workloads/index.ts';

const fixture = (name: string): URL => new URL(`../fixtures/plugins/${name}`, import.meta.url);

/** Names of the checks that fail, with what they say. */
async function broken(checks: readonly KitCheck[]): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  for (const { name, run } of checks) {
    await run().catch((error: unknown) => {
      said[name] = (error as Error).message;
    });
  }
  return said;
}

const read = (value: unknown): TestOp[] => [
  { process: 0, type: 'invoke', f: 'read', value: null },
  { process: 0, type: 'ok', f: 'read', value: value as number[] },
];

describe('modules of fixtures', async () => {
  const options = {
    legal: { twelve: read([12]) },
    planted: { thirteen: { history: read([13]), kind: 'unlucky-read' } },
  };
  // Its own checker accuses whoever reads 13, and all of them do.
  const accused = 'adds: is not accused when a correct object answers';
  for (const { name, run } of await kitOf(fixture('adds.ts'), options)) {
    if (name === accused)
      test(`${name} (it is)`, () => expect(run()).rejects.toThrow(/thirteen accuses a correct object/));
    else test(name, run);
  }
  for (const { name, run } of await kitOf(fixture('doze.ts'))) test(`doze ${name}`, run);
  for (const { name, run } of await kitOf(fileURLToPath(fixture('keep.ts')))) test(`keep ${name}`, run);
});

describe('what comes along', () => {
  // Workloads and faults are held to it by tests of their own: tests/workloads/contract.test.ts, tests/nemesis/index.test.ts.
  it('a checker', async () => {
    const twice = [...read([1, 2]), { process: 0, type: 'invoke', f: 'generate', value: null }] as TestOp[];
    const ids = (second: number): TestOp[] =>
      [1, second].flatMap((id) => [
        { process: 0, type: 'invoke', f: 'generate', value: null },
        { process: 0, type: 'ok', f: 'generate', value: id },
      ]);
    const kit = checkerKit(CHECKERS['unique-ids'], {
      legal: { 'two ids': ids(2) },
      planted: { 'one id twice': { history: ids(1), kind: 'duplicate-id' } },
    });
    expect(await broken(kit)).toEqual({});
    const wrong = await broken(
      checkerKit(CHECKERS['unique-ids'], { legal: { twice: ids(1) }, planted: { none: twice } }),
    );
    expect(Object.keys(wrong)).toEqual(['passes: twice', 'fails: none']);
    expect(wrong['passes: twice']).toContain('it says fail');
    expect(wrong['fails: none']).toContain('it says vacuous');
  });

  it('a system with leaders', async () => {
    const speaks = { leader: bully.workloads['leader']! };
    expect(await broken(systemKit({ ...bully, workloads: speaks, bugs: {} }))).toEqual({});
  });

  it('knows objects and samples of the workloads', () => {
    expect(correctObject('set')).toBeDefined();
    expect(correctObject('no-such')).toBeUndefined();
    expect(sampleOf('set', 'read')).toEqual({ f: 'read', value: null });
    expect(sampleOf('set', 'no-such')).toBeNull();
  });
});

describe('what is planted', () => {
  const set = WORKLOADS['set']!;
  let calls = 0;
  it.each<[string, Partial<Workload>, string[]]>([
    [
      'a workload that draws from elsewhere',
      { build: (o, c) => set.build(o, { ...c, seed: c.seed.fork(String(calls++)) }) },
      ['asks the same for the same seed, whatever is answered'],
    ],
    [
      'one that asks what it does not need',
      { needs: ['add'], speaks: 'set' },
      [
        'asks only what it needs or uses, in plain JSON',
        'does without what a system does not offer',
        'ends its final operations, answered or not',
      ],
    ],
    [
      'one without judges',
      { build: (o, c) => ({ ...set.build(o, c), checkers: [] }) },
      ['names checkers that exist, with options as plain JSON'],
    ],
    [
      'one that names a checker that is not there',
      { build: (o, c) => ({ ...set.build(o, c), checkers: [{ name: 'gone', options: {} }] }) },
      [
        'names checkers that exist, with options as plain JSON',
        'is not accused when a correct object answers',
      ],
    ],
    [
      'one that speaks a workload that is not there',
      { speaks: 'gone' },
      ['describes itself and its options'],
    ],
  ])('%s', async (_, parts, names) => {
    expect(Object.keys(await broken(workloadKit({ ...set, ...parts })))).toEqual(names);
  });

  it('a workload whose object is broken is failed, and is said not to be when nothing is wrong', async () => {
    const forgets = () => {
      const object = correctObject('set')!();
      return (op: { f: string; value: unknown }) =>
        op.f === 'add' && Number(op.value) % 5 === 3 ? (op.value as number) : object(op as never);
    };
    expect(await broken(workloadKit(set, { broken: forgets }))).toEqual({});
    const found = await broken(workloadKit(set, { broken: correctObject('set')! }));
    expect(Object.keys(found)).toEqual(['is failed by one of its checkers when a broken object answers']);
  });

  const { pause } = FAULTS;
  it.each<[string, Partial<Fault>, string]>([
    [
      'a fault that is not undone',
      { undo: async () => ({ state: 'installed', bit: null, summary: 'done', measures: {} }) },
      'pause: is injected with evidence, and undone to the last bit, once or twice',
    ],
    [
      'one without evidence',
      { inject: async (f, c) => ({ ...(await pause.inject(f, c)), summary: 7 as never }) },
      'pause: is injected with evidence, and undone to the last bit, once or twice',
    ],
    [
      'one that takes any parameter',
      { plan: (_m, params, _t, nodes) => ({ target: 'one', nodes: [nodes[0]!], params }) },
      'refuses modes and parameters it does not know',
    ],
    [
      'one that plans by chance',
      { plan: (...args) => ({ ...pause.plan(...args), params: { n: calls++ } }) },
      'pause: plans the same for the same seed, as plain data',
    ],
    [
      'one without anything to undo it',
      { undoActions: () => [] },
      'pause: is injected with evidence, and undone to the last bit, once or twice',
    ],
    [
      'one that goes on when called off',
      { inject: (f, c) => pause.inject(f, { ...c, signal: new AbortController().signal }) },
      'pause: does nothing once it was called off',
    ],
  ])('%s', async (_, parts, name) => {
    expect(Object.keys(await broken(faultKit({ ...pause, ...parts })))).toContain(name);
  });

  it('a checker that lies', async () => {
    const { 'unique-ids': ids } = CHECKERS;
    const lies = { ...ids, check: () => ({ verdict: 'fail' as const, anomalies: [], stats: {} }) };
    const said = await broken(checkerKit(lies, { legal: { one: read([1]) }, planted: { two: read([2]) } }));
    expect(said['passes: one']).toContain('it says fail');
    expect(said['fails: two']).toContain('without a proved anomaly');
    expect(said['does not fail a history of nothing']).toContain('fail');
  });

  it('a system that does not do what it says', async () => {
    const module = fixture('keep-node.ts');
    const parts = { name: 'keep', summary: 'a set that every node keeps', module };
    const more = {
      ...nodeSystem({ ...parts, speaks: ['set'] }),
      workloads: { set: ['add', 'read'], gone: ['x'] },
    };
    const said = await broken(systemKit(more as System, { backend: 'sim' }).slice(0, 1));
    expect(Object.values(said)[0]).toContain('it speaks "gone", which is no workload');
    const mute = nodeSystem({ ...parts, speaks: ['echo'] });
    const unanswered = await broken(systemKit(mute, { backend: 'sim' }).slice(1, 2));
    expect(Object.values(unanswered)[0]).toContain('no node acknowledged echo');
    const own = { ...mute, workloads: { echo: ['shout'] } };
    const unasked = await broken(systemKit(own, { backend: 'sim' }).slice(1, 2));
    expect(Object.values(unasked)[0]).toContain('the kit does not know how to ask shout of echo');
    const spared = await broken(systemKit(own, { backend: 'sim', mayRefuse: ['shout'] }).slice(1, 2));
    expect(spared).toEqual({});
  });
});
