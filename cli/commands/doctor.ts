/**
 * `faultline doctor`: which backends and faults work on this machine, why the others do not, what that costs, and
 * the command that mends it.
 */
import { resolveSsh } from '../../harness/config/ssh-config.ts';
import { examine, PROBES } from '../../harness/doctor/index.ts';
import { hostProbe } from '../../harness/doctor/ssh.ts';
import { findLeftovers } from '../../harness/faults/leftovers.ts';
import { Store } from '../../harness/store/store.ts';
import { type Command, flag } from '../command.ts';
import { SSH_OPTIONS, sshFlag } from '../flags.ts';
import { json, line } from '../io.ts';

/** The command. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'which backends and faults work here, why not, and the command that fixes it',
  options: [{ flags: '--json', summary: 'print JSON' }, ...SSH_OPTIONS],
  examples: ['faultline doctor', 'faultline doctor --hosts hosts.txt'],
  async run(io, _args, options) {
    const root = new Store(io.cwd).root;
    const ssh = resolveSsh(undefined, sshFlag(options), io.cwd);
    const hosts = ssh === null ? [] : ssh.hosts.map((spec) => hostProbe(ssh, spec));
    const results = await examine({ dir: root, leftovers: async () => found(root) }, [...PROBES, ...hosts]);
    if (flag(options, 'json')) {
      json(io.out, results);
      return 0;
    }
    const width = Math.max(...results.map((result) => result.name.length));
    for (const { name, ok, detail, costs, fix } of results) {
      line(io.out, `${ok ? '✓ ok     ' : '✗ missing'}  ${name.padEnd(width)}  ${detail}`);
      if (ok) continue;
      line(io.out, `${' '.repeat(width + 13)}costs  ${costs}`);
      if (fix) line(io.out, `${' '.repeat(width + 13)}fix    ${fix}`);
    }
    return 0;
  },
};

function found(root: string): { run: string; detail: string }[] {
  return findLeftovers(root).map(({ folder, status, because }) => ({
    run: folder,
    detail: `${status}: ${because}`,
  }));
}
