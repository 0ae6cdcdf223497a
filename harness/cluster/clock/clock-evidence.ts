/**
 * Words and numbers for what was read back from the processes of a node after its clock was set or reset.
 */
import type { Evidence, Json, NodeId } from '../../contracts.ts';
import type { PatchedProcess } from './attach.ts';
import { offsetAt, REAL_TIME, type Setting, sameSetting } from './control-block.ts';

/** What one process shows, as its memory says. */
export type ProcessReading =
  | { pid: number; setting: Setting }
  | { pid: number; setting: 'unreadable'; because: string };

/** What `clockEvidence` judges. */
export interface ClockReadBack {
  node: NodeId;
  mechanism: string;
  /** Null: the real time is wanted. */
  wanted: Setting | null;
  readings: readonly ProcessReading[];
  failures: ReadonlyMap<number, string>;
  how: (pid: number) => PatchedProcess | undefined;
  nowNs: bigint;
}

/** Evidence of a set or reset: did every process of the node show, at one instant, what was computed for it? */
export function clockEvidence(readBack: ClockReadBack): Evidence {
  const { node, wanted, readings, nowNs } = readBack;
  const expected = wanted ?? REAL_TIME;
  const expectedNs = Number(offsetAt(expected, nowNs));
  const processes = readings.map((reading) => describe(readBack, reading));
  const right = readings.filter(
    ({ setting }) => setting !== 'unreadable' && sameSetting(setting, expected),
  ).length;
  const offsets = processes.map(({ offsetNs }) => offsetNs).filter((offset) => offset !== null);
  const measures: Record<string, Json> = {
    mechanism: readBack.mechanism,
    expectedOffsetNs: expectedNs,
    offsetNs: offsets[0] ?? null,
    driftPpm: driftPpmOf(expected.rateQ32),
    strobeDeltaNs: Number(expected.strobeDeltaNs),
    strobeHalfPeriodNs: Number(expected.strobeHalfNs),
    processes: processes as unknown as Json,
  };
  if (readings.length === 0) {
    const then = wanted === null ? 'its clock is real' : 'its clock will be skewed from its next start';
    return { state: 'installed', bit: null, summary: `${node} is down; ${then}`, measures };
  }
  if (right === readings.length) {
    const summary = `${count(right)} of ${node} ${right === 1 ? 'shows' : 'show'} ${words(expected)}`;
    return { state: 'installed', bit: true, summary, measures };
  }
  const because = [...readBack.failures.values()][0] ?? 'read-back differs from what was set';
  return {
    state: right === 0 ? 'failed' : 'installed',
    bit: false,
    summary: `${right} of ${count(readings.length)} of ${node} show ${words(expected)}: ${because}`,
    measures,
  };
}

function describe(readBack: ClockReadBack, reading: ProcessReading) {
  const patched = readBack.how(reading.pid);
  return {
    pid: reading.pid,
    offsetNs: reading.setting === 'unreadable' ? null : Number(offsetAt(reading.setting, readBack.nowNs)),
    attached: patched?.how ?? null,
    fastPath: patched?.fastPath ?? null,
    problem:
      readBack.failures.get(reading.pid) ?? (reading.setting === 'unreadable' ? reading.because : null),
  };
}

function count(processes: number): string {
  return processes === 1 ? '1 process' : `${processes} processes`;
}

/** `offset +2.000 s, drift 500 ppm`, or `the real time`. */
function words({ offsetNs, rateQ32, strobeDeltaNs, strobeHalfNs }: Setting): string {
  const parts: string[] = [];
  if (offsetNs !== 0n) parts.push(`offset ${seconds(Number(offsetNs))}`);
  if (rateQ32 !== 0n) parts.push(`drift ${Math.round(driftPpmOf(rateQ32))} ppm`);
  if (strobeHalfNs !== 0n) {
    parts.push(`strobe ${seconds(Number(strobeDeltaNs))} every ${Number(strobeHalfNs) / 1e6} ms`);
  }
  return parts.length === 0 ? 'the real time' : parts.join(', ');
}

function driftPpmOf(rateQ32: bigint): number {
  return Number(rateQ32) / (2 ** 32 / 1e6);
}

function seconds(ns: number): string {
  return `${ns < 0 ? '-' : '+'}${(Math.abs(ns) / 1e9).toFixed(3)} s`;
}
