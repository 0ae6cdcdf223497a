/**
 * Short runs: deterministic, sound for a correct program under every fault, and fatal to a broken one.
 */
import { describe, expect, it } from 'vitest';
import { linearizable } from '../../../checkers/linearizable/linearizable.ts';
import type { PlannedFault } from '../../../harness/contracts.ts';
import type { Program } from '../../../harness/program.ts';
import { findDivergence, simulate } from '../../../harness/sim/index.ts';
import type { Subject } from '../../../harness/sim/subject.ts';
import { FAULTS } from '../../../nemesis/index.ts';
import { subjectOf } from '../../../systems/subjects.ts';
import { drawCase } from './cases.ts';

const KINDS = ['partition', 'kill', 'pause', 'clock', 'latency', 'loss', 'duplicate', 'reorder', 'reset'];

/** A program of one value that answers at once. */
function echo(change: Partial<Program> & { create?: () => Program } = {}): Subject {
  return {
    name: 'echo',
    create: () => {
      let node!: Parameters<Program['init']>[0];
      return {
        init: (handle) => {
          node = handle;
        },
        onMessage: (from, body) => node.reply({ from, body }, { type: 'read_ok', value: node.random() }),
        onTimer: () => undefined,
        ...change,
      };
    },
    request: (op) => ({ type: op.f }),
    value: (reply) => reply['value']!,
  };
}

describe('simulate', () => {
  it('does the same for the same case, and something else for another seed', () => {
    for (let seed = 0; seed < 20; seed++) {
      const c = drawCase(seed, {}, KINDS);
      const [a, b] = [0, 1].map(() => simulate(subjectOf('raft', c), c, { faults: FAULTS }));
      expect([a!.traceHash, a!.historyHash(), a!.events]).toEqual([
        b!.traceHash,
        b!.historyHash(),
        b!.events,
      ]);
      const other = { ...c, seed: seed + 1000 };
      expect(simulate(subjectOf('raft', other), other, { faults: FAULTS }).traceHash).not.toBe(a!.traceHash);
      expect(findDivergence(() => subjectOf('raft', c), c, { faults: FAULTS })).toBeNull();
    }
  });

  it('finds a correct raft linearizable under every fault', () => {
    let ok = 0;
    for (let seed = 0; seed < 150; seed++) {
      const c = drawCase(seed, { isolation: seed % 10 === 0 ? 'json' : 'freeze' }, KINDS);
      const run = simulate(subjectOf('raft', c), c, { faults: FAULTS });
      expect(run.crashes).toEqual([]);
      expect(linearizable(run.history()).verdict, `seed ${seed}`).toBe('pass');
      ok += run.ops.filter((op) => op.type === 'ok' && typeof op.process === 'number').length;
    }
    expect(ok).toBeGreaterThan(150 * 20);
  });

  it.each(['ack-before-quorum', 'stale-read'])('catches %s', (bug) => {
    const failed = (seed: number): boolean => {
      const c = drawCase(seed, { bugs: [bug] }, ['partition', 'kill', 'partition', 'kill', 'partition']);
      return linearizable(simulate(subjectOf('raft', c), c, { faults: FAULTS }).history()).verdict === 'fail';
    };
    expect(Array.from({ length: 400 }, (_, seed) => seed).some(failed)).toBe(true);
  });

  it('lets nodes with slow and failing disks recover', () => {
    for (let seed = 0; seed < 40; seed++) {
      const c = drawCase(seed, {}, ['partition', 'kill', 'pause']);
      const faults = [...c.faults, ...disks('fail', ['n1', 'n2'], 1_500), ...disks('slow', ['n3'], 700)];
      const run = simulate(subjectOf('raft', c), { ...c, faults }, { faults: FAULTS });
      for (const crash of run.crashes) expect(crash.error).toMatch(/EIO/);
      expect(linearizable(run.history()).verdict, `seed ${seed}`).toBe('pass');
    }
  });

  it('shows what a lying disk costs', () => {
    const lost = (seed: number): boolean => {
      const c = drawCase(seed);
      const kill = drawCase(seed, {}, ['kill']).faults[0]!;
      const all = { target: 'all' as const, nodes: [...c.nodes] };
      const faults = [...disks('lie', c.nodes, 900), { ...kill, ...all, atNs: 1.3e9, untilNs: 1.4e9 }];
      const run = simulate(subjectOf('raft', c), { ...c, faults }, { faults: FAULTS });
      return linearizable(run.history()).verdict === 'fail';
    };
    expect(Array.from({ length: 40 }, (_, seed) => seed).some(lost)).toBe(true);
  });

  it('keeps the past and draws another future when it is reseeded', () => {
    const c = drawCase(3, {}, ['partition']);
    const run = (reseed?: { atNs: number; seed: number }) =>
      simulate(subjectOf('raft', c), reseed === undefined ? c : { ...c, reseed }, {
        faults: FAULTS,
        trace: true,
      });
    const [plain, other] = [run(), run({ atNs: 1e9, seed: 5 })];
    const at = plain.trace!.firstDifference(other.trace!);
    expect(plain.trace!.event(at)!.timeNs).toBeGreaterThan(1e9);
    expect(run({ atNs: 1e9, seed: 5 }).traceHash).toBe(other.traceHash);
  });

  it('leaves the fates of other messages alone when an operation goes', () => {
    const c = drawCase(3);
    const less = { ...c, ops: c.ops.slice(0, -1) };
    const [a, b] = [c, less].map((one) => simulate(subjectOf('raft', one), one, { faults: FAULTS }));
    const until = c.ops.at(-1)!.atNs;
    const early = (run: typeof a): unknown => run!.ops.filter((op) => op.time < until);
    expect(early(b)).toEqual(early(a));
  });

  it('names the first event that differs when a program is not deterministic', () => {
    let lives = 0;
    const c = drawCase(1);
    const subject = (): Subject => {
      const own = lives++;
      return echo(restless(own));
    };
    const found = findDivergence(subject, c, { faults: FAULTS });
    expect(found!.first).toMatch(/ms: timer of n1/);
    expect(found!.second).toMatch(/ms: timer of n1/);
  });

  it('reports a program that throws, and goes on without the node', () => {
    const c = drawCase(1);
    const subject = echo({
      onMessage: () => {
        throw new Error('out of cheese');
      },
    });
    const run = simulate(subject, c, { faults: FAULTS });
    expect(run.crashes.map((crash) => crash.node)).toEqual(['n1', 'n2', 'n3']);
    expect(run.crashes[0]!.error).toContain('out of cheese');
    expect(run.ops.find((op) => op.error?.kind === 'connection-reset')).toBeDefined();
    expect(run.ops.find((op) => op.error?.kind === 'connection-refused')).toBeDefined();
  });

  it('stops a program from changing what it has sent', () => {
    const c = drawCase(1);
    const subject: Subject = echo({
      onMessage: (_from, body) => {
        body['type'] = 'mine';
      },
    });
    expect(simulate(subject, c, { faults: FAULTS }).crashes[0]!.error).toMatch(/read only/);
    expect(simulate(subject, { ...c, isolation: 'copy' }, { faults: FAULTS }).crashes).toEqual([]);
  });
});

/** A program whose first timer depends on how many were made before it. */
function restless(own: number): Partial<Program> {
  return { init: (node) => node.setTimer('t', 10 + own), onMessage: () => undefined };
}

/** A disk fault of 600 ms. */
function disks(mode: string, nodes: string[], atMs: number): PlannedFault[] {
  const params = mode === 'slow' ? { ms: 100 } : {};
  const times = { atNs: atMs * 1e6, untilNs: (atMs + 600) * 1e6 };
  return [{ id: `disk-${mode}`, fault: 'disk', mode, lane: 'disk', ...times, target: nodes, nodes, params }];
}
