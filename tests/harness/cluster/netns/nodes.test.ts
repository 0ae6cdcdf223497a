/** What a node of netns sees: its own network, its own ports, and who it is. Runs itself in a sandbox. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { insideSandbox } from '../../../../harness/sandbox/command.ts';
import { chattyProgram, cleanUp, makeBench, upBench } from '../../../kits/backend.ts';
import { againInSandbox } from '../../../kits/sandboxed.ts';

describe.skipIf(insideSandbox())('nodes of netns', () => {
  it('are machines of their own', async (context) => {
    const { skipped, code, output } = await againInSandbox(fileURLToPath(import.meta.url));
    if (skipped !== null) return context.skip(skipped);
    expect(code, output).toBe(0);
  });

  it('are not started outside of a sandbox', async () => {
    const { cluster } = makeBench('netns');
    await expect(cluster.up(new AbortController().signal)).rejects.toThrow(/faultline sandbox -- <command>/);
  });
});

describe.skipIf(!insideSandbox())('a node of netns', () => {
  cleanUp();

  it('has one address, the same ports as the others, and nobody else on its loopback', async () => {
    const { cluster, folder } = await upBench('netns', {
      program(address) {
        const { file, args, ...rest } = chattyProgram(address);
        const look = `ip -o -4 addr; ss -Hlnt | wc -l; exec ${[file, ...args].join(' ')}`;
        return { ...rest, file: 'sh', args: ['-c', look] };
      },
    });
    const [one, two] = [cluster.address('n1'), cluster.address('n2')];
    expect(one.host).not.toBe(two.host);
    expect(one.ports).toEqual(two.ports);
    const seen = readFileSync(join(folder, 'logs', 'n1', 'stdout.log'), 'utf8');
    expect(seen).toContain(`eth0    inet ${one.host}/24`);
    expect(seen).not.toContain(`${two.host}/`);
    expect(seen).toMatch(/^0$/m);
  });

  it('is told why nobody hears it where it listens on its loopback alone', async () => {
    const { cluster } = makeBench('netns', {
      program: ({ ports }) => ({
        file: process.execPath,
        args: ['-e', `require('net').createServer().listen(${ports['main']}, '127.0.0.1')`],
      }),
      ready: { kind: 'tcp' },
      timeouts: { readyMs: 2_000 },
    });
    await expect(cluster.up(new AbortController().signal)).rejects.toThrow(
      /not ready within 2000 ms .*: it listens on 127\.0\.0\.1:(\d+) only; let it listen on \{\{node\.host\}\}, which is 10\./,
    );
  });

  it('is somebody else than root where its program wants that', async () => {
    const { folder, cluster } = await upBench('netns', {
      program: ({ dataDir }) => ({
        file: 'sh',
        args: ['-c', `id -u; echo mine > ${dataDir}/kept; exec sleep 1000`],
        ordinaryUser: true,
      }),
      ready: { kind: 'none' },
    });
    expect(readFileSync(join(folder, 'logs', 'n1', 'stdout.log'), 'utf8')).toMatch(/^1000$/m);
    expect(readFileSync(join(cluster.address('n1').dataDir, 'kept'), 'utf8')).toBe('mine\n');
    expect(await cluster.kill('n1')).toMatchObject({ state: 'installed', bit: true });
  });

  it('is asked where it is whether it is ready', async () => {
    const { cluster } = await upBench('netns', {
      ready: { kind: 'command', file: 'sh', args: ['-c', 'ss -Hlnt | grep -q 7000'] },
    });
    cluster.links.set('f', [{ from: 'clients', to: 'n1', rule: { cut: true } }]);
    await cluster.kill('n1');
    expect(await cluster.restart('n1')).toMatchObject({ state: 'installed', bit: true });
  });
});
