/**
 * Reading who has an address off a kernel's table, and what is behind an address as clients meet it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { choosePort } from '../../../harness/cluster/ports.ts';
import { signalAfter } from '../../../harness/time.ts';
import { holds, sharedAddress } from '../../../systems/keepalived/holder.ts';
import { clientOf, SERVICE } from '../../../systems/keepalived/service.ts';
import { eventually, invoke } from '../asked.ts';

const TABLE = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
           |-- 10.99.3.1
              /32 host LOCAL
        +-- 10.99.3.252/30 2 0 2
           |-- 10.99.3.252
              /32 host LOCAL
           |-- 10.99.3.255
              /32 link BROADCAST
`;

describe('a table of routes', () => {
  it.each([
    ['10.99.3.252', true],
    ['10.99.3.25', false],
    ['10.99.3.255', false],
    ['10.99.4.252', false],
  ])('has %s: %s', (address, has) => expect(holds(TABLE, address)).toBe(has));

  it('has the shared address of its network', () => expect(sharedAddress('10.99.7.3')).toBe('10.99.7.252'));
});

describe('the service', () => {
  let service: ChildProcess | null = null;
  const folder = mkdtempSync(join(tmpdir(), 'faultline-service-'));
  afterEach(() => {
    service?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('says who took a command, and refuses for certain when it is gone', async () => {
    const port = await choosePort();
    const file = join(folder, 'service.mjs');
    writeFileSync(file, SERVICE);
    const client = clientOf({ host: '127.0.0.1', port });
    const refused = invoke(client, { f: 'command', value: 1 });
    await expect(refused).rejects.toMatchObject({ error: { definite: true, kind: 'connection-refused' } });
    service = spawn(process.execPath, [file, String(port), 'n2'], { stdio: 'ignore' });
    const answer = await eventually(
      () => invoke(client, { f: 'command', value: 2 }),
      () => true,
    );
    expect(answer).toEqual({ command: 2, by: 'n2' });
  });

  it('is unknown when it is silent', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const client = clientOf({ host: '127.0.0.1', port });
    const asked = client.invoke({ f: 'command', value: 1 }, { signal: signalAfter(100), timeoutMs: 100 });
    await expect(asked).rejects.toMatchObject({ error: { definite: false, kind: 'timeout' } });
    silent.close();
  });
});
