/** Did an earlier run leave something behind? */
import type { Probe } from './probe.ts';

/** Asks the ledger, through the context. */
export const leftoversProbe: Probe = {
  name: 'leftovers',
  costs: 'ports, memory and quiet: processes of earlier runs may still be there',
  timeoutMs: 5000,
  run: async ({ leftovers }) => {
    if (leftovers === undefined) return { ok: true, detail: 'not looked for' };
    const found = await leftovers();
    const [first] = found;
    if (first === undefined) return { ok: true, detail: 'none' };
    const more = found.length === 1 ? '' : `, and ${found.length - 1} more runs`;
    return { ok: false, detail: `${first.run}: ${first.detail}${more}`, fix: 'faultline clean' };
  },
};
