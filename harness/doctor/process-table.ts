/** Is the process table readable? */
import { hasProc, processTable } from '../cluster/proc.ts';
import type { Probe } from './probe.ts';

/** Reads /proc. */
export const processTableProbe: Probe = {
  name: 'process table',
  costs: 'finding the children of nodes, evidence of pauses, cleaning up after a crash of the harness',
  timeoutMs: 2000,
  run: async () => {
    if (!hasProc) return { ok: false, detail: 'there is no /proc' };
    const table = processTable();
    const own = table.some(({ pid }) => pid === process.pid);
    const detail = `/proc shows ${table.length} processes${own ? '' : ', but not this one'}`;
    return own ? { ok: true, detail } : { ok: false, detail, fix: 'mount -t proc proc /proc' };
  },
};
