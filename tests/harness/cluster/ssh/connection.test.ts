/** Commands that end before anybody can look: their end comes in one piece with the word that they have begun. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SshConnection } from '../../../../harness/cluster/ssh/connection.ts';
import { after, type Timer } from '../../../../harness/time.ts';

const GATHER_MS = 20;

describe('a connection to a host', () => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-connection-'));
  const hostKey = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  }).privateKey;
  // Answers each command at once: its words are what it writes and the code it ends with.
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (asked) => asked.accept());
    client.on('ready', () =>
      client.on('session', (accept) =>
        accept().on('exec', (begin, _reject, { command }) => {
          const [code = '', ...words] = command.split(' ');
          const channel = begin();
          if (words.length > 0) channel.write(words.join(' '));
          channel.exit(Number(code));
          channel.end();
        }),
      ),
    );
  });
  // A path that gathers what the server says: everything of a command arrives at once, as on a host under load.
  const path = createServer((near) => {
    const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let held: Buffer[] = [];
    let timer: Timer | null = null;
    near.on('data', (chunk) => far.write(chunk)).on('close', () => far.destroy());
    far.on('data', (chunk) => {
      held.push(chunk);
      timer?.cancel();
      timer = after(GATHER_MS, () => {
        near.write(Buffer.concat(held));
        held = [];
      });
    });
    far.on('close', () => near.destroy()).on('error', () => undefined);
    near.on('error', () => undefined);
  });
  let connection: SshConnection;

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    path.listen(0, '127.0.0.1');
    await Promise.all([once(server, 'listening'), once(path, 'listening')]);
    const key = join(folder, 'key');
    writeFileSync(key, hostKey, { mode: 0o600 });
    connection = await SshConnection.connect({
      ...{ host: '127.0.0.1', port: (path.address() as AddressInfo).port, user: 'nobody', key },
      ...{ passphraseEnv: '', passwordEnv: '', knownHosts: join(folder, 'known'), acceptNewHostKeys: true },
    });
  });

  afterAll(async () => {
    connection.close();
    await connection.gone;
    path.close();
    server.close();
    rmSync(folder, { recursive: true });
  });

  it.each([0, 1, 7, 255])(
    'hears of the end of a command that was over at once, with code %d',
    async (code) => {
      for (let i = 0; i < 3; i++) {
        expect(await connection.run(`${code}`)).toEqual({ code, stdout: '', stderr: '' });
        expect(await connection.run(`${code} its words`)).toEqual({ code, stdout: 'its words', stderr: '' });
      }
    },
  );
});
