/**
 * What a pass does not speak of: kinds of trouble that nobody asked for. Faults of plug-ins belong to no kind.
 */
import type { ReportModel } from '../model.ts';

const KINDS: Readonly<Record<string, readonly string[]>> = {
  partitions: ['partition', 'flap'],
  'lost and late messages': [
    ...['latency', 'loss', 'duplicate', 'reorder', 'reset', 'bandwidth', 'corrupt', 'mtu', 'replay', 'slow'],
    ...['drop-request', 'drop-reply', 'tamper', 'forge'],
  ],
  crashes: ['kill', 'power', 'rolling'],
  pauses: ['pause', 'cpu'],
  'wrong clocks': ['clock'],
  'failing disks': ['disk', 'damage'],
};

/** Kinds of trouble of which no fault was ever in force. */
export function kindsUntested(model: Pick<ReportModel, 'faults'>): string[] {
  const fired = new Set(model.faults.filter(({ state }) => state === 'installed').map(({ fault }) => fault));
  return Object.entries(KINDS).flatMap(([kind, faults]) =>
    faults.some((one) => fired.has(one)) ? [] : [kind],
  );
}
