/** What hosts are told of their links, by hosts that are played here. */
import { expect, it } from 'vitest';
import { HostLinks } from '../../../../harness/cluster/ssh/host-links.ts';
import type { RemoteHost } from '../../../../harness/cluster/ssh/remote-host.ts';
import { sleep } from '../../../../harness/time.ts';

/** A host that takes rules where its table has been made. */
class Played {
  readonly plan = { filter: 'nft', power: 'root' };
  readonly isInUse = true;
  readonly name: string;
  hasTable = false;
  rules = '';

  constructor(name: string) {
    this.name = name;
  }

  async ask(verb: string, _argument: string, input: string): Promise<string> {
    await sleep(1);
    if (verb === 'prepare') this.hasTable = true;
    if (verb === 'rules') {
      if (!this.hasTable) throw new Error('No such file or directory');
      this.rules = input;
    }
    return verb === 'counters' ? '{"nftables":[]}' : '';
  }
}

it('says once more what a host did not take because it had just started again', async () => {
  const hosts = new Map(['n1', 'n2'].map((node) => [node, new Played(node)]));
  const links = new HostLinks({
    nodes: ['n1', 'n2'],
    table: 'faultline_x',
    host: (node) => hosts.get(node) as unknown as RemoteHost,
    ip: (node) => `10.0.0.${node.slice(1)}`,
    lifeline: () => ({ controller: '10.0.0.9', sshPort: 22 }),
  });
  for (const node of hosts.keys()) await links.opened(node);
  await links.sync();
  const open = hosts.get('n2')!.rules;
  links.set('cut', [{ from: 'n1', to: 'n2', rule: { cut: true } }]);
  await links.sync();
  expect(hosts.get('n2')!.rules).not.toBe(open);

  hosts.get('n2')!.hasTable = false;
  links.clear('cut');
  const back = links.back('n2', true);
  await links.sync();
  await back;
  expect(hosts.get('n2')!.rules).toBe(open);

  // A host without its table that has not started again is a problem, and stays one.
  hosts.get('n1')!.hasTable = false;
  links.set('cut', [{ from: 'n2', to: 'n1', rule: { cut: true } }]);
  await expect(links.sync()).rejects.toThrow('the rules of links could not be set: No such file');
});
