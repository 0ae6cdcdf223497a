/**
 * Raft under storms in virtual time: the correct program keeps every promise, and each bug switch breaks the
 * one it is said to break, under weather in which the correct program does not.
 */
import { describe, expect, it } from 'vitest';
import { explore, searchableFaults } from '../../../search/explore.ts';
import type { Terrain } from '../../../search/terrain.ts';
import { raft as system } from '../../../systems/raft.ts';
import { raft } from '../../../systems/reference/raft/raft.ts';
import { type Storm, storm } from './raft-storm.ts';

const ROUGH: Storm = {
  ms: 8000,
  everyMs: 600,
  partition: 2,
  isolateLeader: 1,
  heal: 2,
  crash: 1,
  crashLeader: 1,
  crashAll: 0.3,
  restart: 2,
  loss: 0.05,
  duplicate: 0.05,
  delayMs: 5,
};

/** Weather in which a bug shows, and the property it breaks. */
const HUNTS: Record<string, { weather: Storm; breaks: string }> = {
  'forget-vote': {
    weather: { ms: 6000, everyMs: 800, crashAll: 1, heal: 0, restart: 0, delayMs: 1, opEveryMs: 50 },
    breaks: 'election safety',
  },
  'two-votes': {
    weather: { ms: 10_000, everyMs: 800, isolateLeader: 1, heal: 1, delayMs: 40, opEveryMs: 50 },
    breaks: 'election safety',
  },
  'no-log-check': {
    weather: { nodes: 3, ms: 10_000, everyMs: 800, isolateLeader: 1, heal: 0, delayMs: 1, opEveryMs: 20 },
    breaks: 'leader completeness',
  },
  'commit-old-term': {
    weather: { nodes: 3, ms: 15_000, everyMs: 400, isolateLeader: 1, heal: 0, delayMs: 0.5, opEveryMs: 60 },
    breaks: 'state machine safety',
  },
  'ack-before-quorum': {
    weather: { ms: 5000, everyMs: 800, isolateLeader: 1, heal: 1, delayMs: 1, opEveryMs: 20 },
    breaks: 'lost',
  },
  'stale-read': {
    weather: { ms: 5000, everyMs: 800, isolateLeader: 1, heal: 1, delayMs: 1, opEveryMs: 20 },
    breaks: 'lost',
  },
  'unsafe-lease': {
    weather: {
      ms: 8000,
      everyMs: 800,
      setBack: 1,
      heal: 1,
      delayMs: 1,
      opEveryMs: 20,
      set: { reads: 'lease' },
    },
    breaks: 'lost',
  },
  'snapshot-without-sync': {
    weather: {
      ms: 6000,
      everyMs: 500,
      crash: 1,
      crashLeader: 1,
      restart: 2,
      heal: 0,
      delayMs: 1,
      opEveryMs: 10,
      set: { snapshotEvery: 8 },
    },
    breaks: 'equal machines',
  },
};

/** Bugs of which the clients' checkers tell, in the short runs of a search. */
const SEARCHED = [
  'snapshot-drops-sessions',
  'install-snapshot-keeps-conflicting-log',
  'two-changes-at-once',
  'apply-config-on-commit',
  'removed-node-votes',
];

const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('raft', () => {
  it.each([3, 5])('keeps every promise on %i nodes, whatever the weather', (nodes) => {
    let acknowledged = 0;
    let terms = 0;
    for (const seed of seeds(30)) {
      const outcome = storm(seed, { ...ROUGH, nodes });
      expect([...outcome.violations], `seed ${seed}`).toEqual([]);
      acknowledged += outcome.acknowledged;
      terms += outcome.leaders;
    }
    // The storms must have been survivable and eventful, or they prove nothing.
    expect(acknowledged).toBeGreaterThan(30 * 50);
    expect(terms).toBeGreaterThan(30 * 2);
  });

  it.each([
    { snapshotEvery: 6, snapshotChunk: 3, snapshotKeep: 2 },
    { snapshotEvery: 5, snapshotChunk: 100, snapshotKeep: 0, reads: 'lease', spares: 1 },
    { snapshotEvery: 16, prevote: false, spares: 2 },
  ])('keeps them while members come and go and logs are cut, with %o', (set) => {
    let acknowledged = 0;
    let terms = 0;
    const weather = { ...ROUGH, everyMs: 300, member: 4, splitLeader: 1, set };
    for (const seed of seeds(15)) {
      const outcome = storm(seed, { ...weather, nodes: 3 + (seed % 3) });
      expect([...outcome.violations], `seed ${seed}`).toEqual([]);
      acknowledged += outcome.acknowledged;
      terms += outcome.leaders;
    }
    expect(acknowledged).toBeGreaterThan(15 * 50);
    expect(terms).toBeGreaterThan(15 * 2);
  });

  it('does the same for the same seed', () => {
    const once = storm(7, ROUGH);
    expect(storm(7, ROUGH)).toEqual(once);
    expect(storm(8, ROUGH)).not.toEqual(once);
  });

  it.each(['log', 'index', 'lease'])(
    'keeps them with reads by %s, whatever clocks and pauses do',
    (reads) => {
      let answered = 0;
      for (const seed of seeds(8)) {
        const one = storm(seed, { ...ROUGH, pause: 1, set: { reads } });
        const two = storm(seed, { ...ROUGH, setBack: 1, set: { reads, prevote: false } });
        expect([...one.violations, ...two.violations], `seed ${seed}`).toEqual([]);
        answered += one.reads + two.reads;
      }
      expect(answered).toBeGreaterThan(8 * 50);
    },
  );

  it('works as a cluster of one', () => {
    const outcome = storm(1, { nodes: 1, ms: 2000, everyMs: 1e9 });
    expect(outcome.violations.size).toBe(0);
    expect(outcome.acknowledged).toBeGreaterThan(50);
    expect(outcome.reads).toBeGreaterThan(50);
  });

  it('hunts every bug that it has', () => {
    expect([...Object.keys(HUNTS), ...SEARCHED].sort()).toEqual([...raft.bugs].sort());
    expect(Object.keys(system.bugs).sort()).toEqual([...raft.bugs].sort());
  });

  it.each(SEARCHED)('is found out by a search with %s', (bug) => {
    const { search, checker, config } = system.bugs[bug]!;
    const terrain: Terrain = {
      system,
      bugs: [bug],
      workloads: [search!.workload!],
      faults: searchableFaults(system),
      settings: (config?.['set'] ?? {}) as Terrain['settings'],
      strategy: 'mixed',
      hints: search!,
    };
    const limits = { budgetMs: 60_000, maxRuns: 200, firstSeed: 1, until: { checker } };
    expect(explore(terrain, limits).found.map(({ signature }) => signature.checker)).toContain(checker);
  });

  it.each(Object.keys(HUNTS))('breaks its promise with %s, and only then', (bug) => {
    const { weather, breaks } = HUNTS[bug]!;
    const broken = seeds(20).map((seed) => storm(seed, weather, [bug]).violations);
    expect(broken.filter((violations) => violations.has(breaks)).length).toBeGreaterThan(0);
    for (const seed of seeds(20)) expect([...storm(seed, weather).violations], `seed ${seed}`).toEqual([]);
  });
});
