/**
 * What hosts can do, asked before a run is planned: who they are, which programs and parts of the kernel they have, and
 * whether they are fit for a run at all. Changes nothing on them.
 */
import { lookup } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ClusterError } from '../cluster-error.ts';
import { SshConnection } from './connection.ts';
import { hostScript, lastLine } from './remote-host.ts';
import {
  type Endpoint,
  type HostFacts,
  hostName,
  PASSPHRASE_ENV,
  PASSWORD_ENV,
  type ProbedSsh,
  type SshHostSpec,
  type SshOptions,
} from './ssh-options.ts';

const PROBE_MS = 20_000;

/** How each host is reached, nothing left open. */
export function endpointOf(options: SshOptions, spec: SshHostSpec): Endpoint {
  return {
    host: spec.host,
    port: spec.port ?? options.port ?? 22,
    user: spec.user ?? options.user ?? userInfo().username,
    key: spec.key ?? options.key ?? null,
    passphraseEnv: options.passphraseEnv ?? PASSPHRASE_ENV,
    passwordEnv: options.passwordEnv ?? PASSWORD_ENV,
    knownHosts: options.knownHosts ?? join(homedir(), '.ssh', 'known_hosts'),
    acceptNewHostKeys: options.acceptNewHostKeys ?? false,
  };
}

/** Asks so many of the hosts, side by side. Throws `ClusterError` naming those that cannot be used, and why. */
export async function probeHosts(options: SshOptions, count: number): Promise<ProbedSsh> {
  const hosts = options.hosts.slice(0, count);
  if (hosts.length < count) {
    throw new ClusterError(`${count} nodes need ${count} hosts, and there are ${hosts.length} (--hosts)`);
  }
  const asked = await Promise.allSettled(hosts.map((spec) => probeHost(options, spec)));
  const problems = asked.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as Error).message.split('\n')[0]!] : [],
  );
  if (problems.length > 0) throw new ClusterError(problems.join('; '));
  const facts = asked.map((one) => (one as PromiseFulfilledResult<HostFacts>).value);
  checkApart(options, facts);
  return { ...options, hosts, facts };
}

/** Asks one host. Throws `ClusterError`. */
export async function probeHost(options: SshOptions, spec: SshHostSpec): Promise<HostFacts> {
  const endpoint = endpointOf(options, spec);
  const name = hostName(endpoint);
  const connection = await SshConnection.connect(endpoint);
  try {
    const sudo = options.sudo === false ? 'no' : 'yes';
    const { code, stdout, stderr } = await connection.run(`sh -s probe ${sudo}`, hostScript(), PROBE_MS);
    if (code !== 0) throw new ClusterError(`${name} has no shell that can be used: ${lastLine(stderr)}`);
    const facts = { ...readFacts(stdout), address: await addressOf(spec, name) };
    const problem = unfit(facts, options);
    if (problem !== null) throw new ClusterError(`${name} ${problem}`);
    return facts;
  } finally {
    connection.close();
  }
}

/** Reads what `host.sh probe` prints. */
export function readFacts(text: string): Omit<HostFacts, 'address'> {
  const facts: Omit<HostFacts, 'address'> = {
    ...{ user: '', power: 'none', kernel: '', boot: '', network: '', controller: '', sshPort: 22 },
    ...{ addresses: [], has: [], faketime: null, tables: [] },
  };
  for (const line of text.split('\n')) {
    const [name, ...words] = line.split(' ');
    const value = words.join(' ');
    if (name === 'user' || name === 'kernel' || name === 'boot' || name === 'network') facts[name] = value;
    else if (name === 'power') facts.power = value as HostFacts['power'];
    else if (name === 'has') facts.has.push(value);
    else if (name === 'address') facts.addresses.push(value);
    else if (name === 'faketime') facts.faketime = value;
    else if (name === 'table') facts.tables.push(value);
    else if (name === 'connection') {
      facts.controller = words[0] ?? '';
      facts.sshPort = Number(words[3] ?? 22);
    }
  }
  return facts;
}

async function addressOf({ host, address }: SshHostSpec, name: string): Promise<string> {
  if (address !== undefined) return address;
  if (isIPv4(host)) return host;
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch {
    throw new ClusterError(`${name} has no IPv4 address that is known here (say ssh.hosts[].address)`);
  }
}

/** Programs without which nothing works, by the Debian package that has them. */
const NEEDED: Readonly<Record<string, string>> = {
  setsid: 'util-linux',
  sha256sum: 'coreutils',
  'grep-z': 'grep',
};

/** Why a host cannot be used, as the end of a sentence that begins with its name; or null. */
function unfit(facts: HostFacts, options: SshOptions): string | null {
  const { has, address, addresses, tables, boot, user, power } = facts;
  for (const [program, debianPackage] of Object.entries(NEEDED)) {
    if (!has.includes(program)) return `has no ${program} (apt-get install ${debianPackage} there)`;
  }
  if (boot === '') return 'is no Linux host: it has no /proc';
  if (options.sudo === true && power === 'none') {
    return `does not let ${user} use sudo without a password, and ssh.sudo is true`;
  }
  if (addresses.length > 0 && !addresses.includes(address)) {
    return `has no address ${address} (it has ${addresses.join(', ')}): say ssh.hosts[].address`;
  }
  if (tables.length > 0) {
    const [table] = tables;
    const there = has.includes('filter') ? `; or there: nft delete table ip ${table}` : '';
    return `still has rules of another run in force, table ${table} (faultline clean${there})`;
  }
  return null;
}

/** Two names of one machine would cut it off from itself. */
function checkApart(options: SshOptions, facts: readonly HostFacts[]): void {
  const seen = new Map<string, string>();
  for (const [i, { boot, network }] of facts.entries()) {
    const name = hostName(endpointOf(options, options.hosts[i]!));
    const other = seen.get(boot + network);
    if (other !== undefined) throw new ClusterError(`${other} and ${name} are the same machine`);
    seen.set(boot + network, name);
  }
}
