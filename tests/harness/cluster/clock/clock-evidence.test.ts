import { describe, expect, it } from 'vitest';
import { type ClockReadBack, clockEvidence } from '../../../../harness/cluster/clock/clock-evidence.ts';
import { REAL_TIME, toSetting } from '../../../../harness/cluster/clock/control-block.ts';

const NOW = 1_700_000_000_000_000_000n;

function evidence(given: Partial<ClockReadBack>) {
  return clockEvidence({
    node: 'n1',
    mechanism: 'vdso',
    wanted: null,
    readings: [],
    failures: new Map(),
    how: () => undefined,
    nowNs: NOW,
    ...given,
  });
}

describe('clockEvidence', () => {
  it('bites when every process shows what was computed', () => {
    const wanted = toSetting({ offsetNs: 1.5e9, driftPpm: 1000 }, NOW - 2_000_000_000n);
    const result = evidence({
      wanted,
      readings: [
        { pid: 7, setting: wanted },
        { pid: 8, setting: wanted },
      ],
    });
    expect(result).toMatchObject({
      state: 'installed',
      bit: true,
      summary: '2 processes of n1 show offset +1.500 s, drift 1000 ppm',
    });
    // 1000 ppm of the 2 s since the anchor, less the rounding of the rate.
    expect(result.measures['offsetNs']).toBeCloseTo(1.502e9, -3);
    expect(result.measures['expectedOffsetNs']).toBe(result.measures['offsetNs']);
  });

  it('words a strobe', () => {
    const wanted = toSetting({ offsetNs: 0, strobe: { deltaNs: -2e9, halfPeriodNs: 10e6 } }, NOW);
    expect(evidence({ wanted, readings: [{ pid: 7, setting: wanted }] }).summary).toBe(
      '1 process of n1 shows strobe -2.000 s every 10 ms',
    );
  });

  it('fails when no process shows it, and says why', () => {
    const wanted = toSetting({ offsetNs: 1e9 }, NOW);
    const result = evidence({
      wanted,
      readings: [{ pid: 7, setting: REAL_TIME }],
      failures: new Map([[7, 'no room']]),
    });
    expect(result).toMatchObject({
      state: 'failed',
      bit: false,
      summary: '0 of 1 process of n1 show offset +1.000 s: no room',
    });
  });

  it('is installed but did not bite everywhere when some processes show it', () => {
    const wanted = toSetting({ offsetNs: 1e9 }, NOW);
    const result = evidence({
      wanted,
      readings: [
        { pid: 7, setting: wanted },
        { pid: 8, setting: 'unreadable', because: 'not ours' },
      ],
    });
    expect(result).toMatchObject({ state: 'installed', bit: false });
    expect(result.measures['processes']).toMatchObject([
      { pid: 7, offsetNs: 1e9 },
      { pid: 8, offsetNs: null, problem: 'not ours' },
    ]);
  });

  it('claims nothing about a node that is down', () => {
    expect(evidence({})).toMatchObject({ bit: null, summary: 'n1 is down; its clock is real' });
    expect(evidence({ wanted: toSetting({ offsetNs: 1e9 }, NOW) }).summary).toContain('from its next start');
  });
});
