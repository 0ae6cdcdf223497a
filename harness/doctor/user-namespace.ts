/** May this user have a network of its own without being root? */
import { runCommand } from '../cluster/processes.ts';
import type { Probe } from './probe.ts';

/** `unshare -Urn true`: a user namespace with a network namespace. */
export const userNamespaceProbe: Probe = {
  name: 'user namespaces',
  costs: 'the netns backend without root; stdio and tcp do without',
  timeoutMs: 4000,
  run: async () => {
    const result = await runCommand('unshare', ['-Urn', 'true'], { timeoutMs: 3000 });
    if (result.notStarted !== undefined) {
      return { ok: false, detail: result.notStarted, fix: 'apt-get install util-linux' };
    }
    if (result.exit.code === 0) return { ok: true, detail: 'unshare -Urn works' };
    return {
      ok: false,
      detail: `unshare -Urn: ${result.stderr.trim() || 'failed without a word'}`,
      fix: 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 kernel.unprivileged_userns_clone=1',
    };
  },
};
