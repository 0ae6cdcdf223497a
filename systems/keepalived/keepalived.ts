/**
 * keepalived: one address that belongs to one of several machines, by VRRP. Whoever hears no advertisement takes it; there
 * is no majority. Who has it is not asked of keepalived: it is in the tables of the node's kernel.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeAddress, ProgramSpec, System, SystemContext } from '../../harness/contracts.ts';
import { installedProgram, tested } from '../installed.ts';
import { observe, sharedAddress } from './holder.ts';
import { clientOf, SERVICE } from './service.ts';

const OPTIONS = {
  advertMs: {
    summary: 'pause between advertisements; after three of them without one a backup takes the address',
    default: 500,
    type: 'number',
    min: 10,
    max: 40_950,
  },
  preempt: {
    summary:
      'a node with a higher priority (n1 has the highest) takes the address back when it is there again',
    default: true,
    choices: [true, false],
  },
} as const satisfies System['options'];

/** `faultline run keepalived`. */
export const keepalived: System = {
  name: 'keepalived',
  summary: 'keepalived from the Debian package of this name: an address that moves between machines, by VRRP',
  // An address belongs to a network that is its own.
  backends: ['netns'],
  workloads: { leader: ['command'] },
  options: OPTIONS,
  bugs: {},
  leadership: 'exclusive',
  ready: { kind: 'log', pattern: 'Entering (BACKUP|MASTER) STATE' },
  readyMs: 15_000,
  program,
  async open(node, { cluster }) {
    const { host, port } = cluster.clientAddress(node);
    return clientOf({ host: sharedAddress(host), port });
  },
  observe,
  programs: () => tested('keepalived'),
  crashPatterns: ['Keepalived_vrrp exited due to'],
};

function program(address: NodeAddress, { nodes, options }: Omit<SystemContext, 'cluster'>): ProgramSpec {
  const folder = join(address.dataDir, 'keepalived');
  mkdirSync(folder, { recursive: true });
  const configuration = join(folder, 'keepalived.conf');
  writeFileSync(configuration, `${settingsOf(address, nodes, options).join('\n')}\n`);
  const service = join(folder, 'service.mjs');
  writeFileSync(service, SERVICE);
  const served = [process.execPath, service, String(address.ports['main']), address.id];
  const files = ['-f', configuration, '-p', join(folder, 'pid'), '-r', join(folder, 'vrrp.pid')];
  const started = [installedProgram('keepalived', 'keepalived'), '-n', '-l', '-D', '-P', ...files];
  const script = `${served.map(quote).join(' ')} & exec ${started.map(quote).join(' ')}`;
  return { file: '/bin/sh', args: ['-c', script], cwd: folder };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function settingsOf(
  { id, index, host, peers }: NodeAddress,
  nodes: readonly string[],
  options: SystemContext['options'],
): string[] {
  const advertMs = (options['advertMs'] as number | undefined) ?? OPTIONS.advertMs.default;
  const preempt = (options['preempt'] ?? OPTIONS.preempt.default) === true;
  return [
    'global_defs {',
    `  router_id ${id}`,
    '  vrrp_version 3',
    '}',
    'vrrp_instance shared {',
    '  state BACKUP',
    '  interface eth0',
    '  virtual_router_id 51',
    `  priority ${Math.max(1, 254 - index)}`,
    `  advert_int ${advertMs / 1000}`,
    ...(preempt ? [] : ['  nopreempt']),
    `  unicast_src_ip ${host}`,
    '  unicast_peer {',
    ...peers.filter((peer) => nodes.includes(peer.id)).map((peer) => `    ${peer.host}`),
    '  }',
    '  virtual_ipaddress {',
    `    ${sharedAddress(host)}/24`,
    '  }',
    '}',
  ];
}
