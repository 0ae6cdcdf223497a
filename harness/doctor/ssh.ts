/**
 * Can other machines be reached by ssh: what there is to log in with, and, for hosts that are named, whether each can
 * be used and for which faults.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { endpointOf, probeHost } from '../cluster/ssh/probe-hosts.ts';
import { missingOnSsh } from '../cluster/ssh/ssh-capabilities.ts';
import { hostName, type SshHostSpec, type SshOptions } from '../cluster/ssh/ssh-options.ts';
import type { Finding, Probe } from './probe.ts';

const HOST_MS = 25_000;

/** What this user logs in with. */
export const sshProbe: Probe = {
  name: 'ssh',
  costs: 'backend ssh: nodes on other machines',
  timeoutMs: 1_000,
  run: async () => credentialsHere(process.env),
};

/** One host that was named. */
export function hostProbe(options: SshOptions, spec: SshHostSpec): Probe {
  return {
    name: hostName(endpointOf(options, spec)),
    costs: 'this host for backend ssh, or the faults it cannot be hit by',
    timeoutMs: HOST_MS,
    run: () => askHost(options, spec),
  };
}

/** Never throws. */
export function credentialsHere(environment: Readonly<Record<string, string | undefined>>): Finding {
  const folder = join(environment['HOME'] ?? homedir(), '.ssh');
  const keys = ['id_ed25519', 'id_ecdsa', 'id_rsa'].filter((name) => existsSync(join(folder, name)));
  const agent = environment['SSH_AUTH_SOCK'];
  const ways = [...(agent ? ['an agent'] : []), ...keys.map((name) => `key ~/.ssh/${name}`)];
  if (ways.length === 0) return { ok: false, detail: 'no agent, and no key in ~/.ssh', fix: 'ssh-keygen' };
  const known = existsSync(join(folder, 'known_hosts')) ? '' : '; no host is known yet (ssh-keyscan)';
  return { ok: true, detail: `${ways.join(', ')}${known}; ask hosts by doctor --hosts a,b,c` };
}

async function askHost(options: SshOptions, spec: SshHostSpec): Promise<Finding> {
  const facts = await probeHost(options, spec);
  const lacking = missingOnSsh({ ...options, hosts: [spec], facts: [facts] }).filter(
    ({ fix, capability }) => fix !== undefined || capability === 'clock.skew',
  );
  const base = `${facts.kernel}, as ${facts.user}${facts.power === 'sudo' ? ' with sudo' : ''}`;
  if (lacking.length === 0) return { ok: true, detail: base };
  const reasons = [...new Set(lacking.map(({ reason }) => reason))].map((reason) => {
    const names = lacking.filter((one) => one.reason === reason).map(({ capability }) => capability);
    return `no ${names.join(', ')}: ${reason}`;
  });
  const fixes = [...new Set(lacking.flatMap(({ fix }) => (fix === undefined ? [] : [fix])))];
  return {
    ok: false,
    detail: `${base}; ${reasons.join('; ')}`,
    ...(fixes.length === 0 ? {} : { fix: fixes.join('; ') }),
  };
}
