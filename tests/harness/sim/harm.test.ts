/**
 * A fault that did something counts as one that bit: lies as well, whatever becomes of the messages; listening does not.
 */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../harness/contracts.ts';
import { Seed } from '../../../harness/random.ts';
import type { Case } from '../../../harness/sim/case.ts';
import { isHarmed } from '../../../harness/sim/harm.ts';
import { simulate } from '../../../harness/sim/simulate.ts';
import { FAULTS } from '../../../nemesis/index.ts';
import { subjectOf } from '../../../systems/subjects.ts';

const NODES = ['n1', 'n2', 'n3', 'n4'];

/** Registers on a quorum, and one fault for a second. */
function caseOf(name: string | null, mode?: string): Case {
  const fault: Fault | null = name === null ? null : FAULTS[name as keyof typeof FAULTS];
  const how = mode ?? fault?.defaultMode ?? '';
  const drawn = fault?.plan(how, {}, undefined, NODES, Seed.of(1).rng());
  const when = { atNs: 100e6, untilNs: 1100e6 };
  return {
    version: 1,
    seed: 3,
    nodes: NODES,
    workload: 'register',
    settings: {},
    bugs: [],
    ops: Array.from({ length: 40 }, (_, i) => {
      const at = { atNs: (120 + i * 20) * 1e6, client: i % 4, key: 0 };
      return i % 2 === 0 ? { ...at, f: 'write', value: i } : { ...at, f: 'read', value: null };
    }),
    faults:
      fault === null ? [] : [{ id: 'f1', fault: name!, mode: how, lane: fault.lane, ...when, ...drawn! }],
  };
}

function harmOf(name: string | null, mode?: string) {
  const c = caseOf(name, mode);
  return simulate(subjectOf('quorum', c), c, { faults: FAULTS }).harm();
}

describe('harm', () => {
  it('is none without faults', () => {
    expect(isHarmed(harmOf(null))).toBe(false);
  });

  it.each([...Object.keys(FAULTS.byzantine.modes).map((mode) => ['byzantine', mode]), ['forge'], ['replay']])(
    'counts what %s %s makes of messages',
    (name, mode) => {
      const harm = harmOf(name!, mode);
      expect(harm.lies).toBeGreaterThan(0);
      expect(isHarmed(harm)).toBe(true);
    },
  );

  it('does not count listening', () => {
    expect(isHarmed(harmOf('eavesdrop'))).toBe(false);
  });

  it.each(Object.keys(FAULTS.disk.modes).map((mode) => ['disk', mode]))(
    'counts what %s %s does',
    (_, mode) => {
      expect(harmOf('disk', mode).syncs).toBeGreaterThan(0);
    },
  );

  it.each(Object.keys(FAULTS.power.modes).filter((mode) => !mode.startsWith('journal')))(
    'counts what a loss of power does: %s',
    (mode) => {
      expect(harmOf('power', mode).deaths).toBeGreaterThan(0);
    },
  );
});
