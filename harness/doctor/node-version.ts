/** Is this Node new enough? */
import type { Probe } from './probe.ts';

const NEEDED = [20, 19] as const;

/** True when `version` (`20.19.1`) is at least the one needed. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** The Node version against the `engines` of the package. */
export const nodeVersionProbe: Probe = {
  name: 'node',
  costs: 'everything: older versions lack language and library features in use',
  required: true,
  timeoutMs: 1000,
  run: async () => {
    const version = process.versions.node;
    if (isNewEnough(version)) return { ok: true, detail: `v${version}` };
    return {
      ok: false,
      detail: `v${version}, at least v${NEEDED.join('.')} is needed`,
      fix: `install Node ${NEEDED[0]} LTS from https://nodejs.org`,
    };
  },
};
