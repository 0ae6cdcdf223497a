/**
 * The one home of ssh2: one connection to one host, checked against the known host keys, with everything else
 * multiplexed on it. Every wait has a deadline; what goes wrong is one sentence that names the host.
 */
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import type { AnyAuthMethod, Client, ClientChannel, ConnectConfig } from 'ssh2';
import { onFirstUse } from '../../on-first-use.ts';
import { after, within } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { type Credential, credentialsOf, type KeyReader } from './credentials.ts';
import { addKnownHost, fileName, fingerprint, KnownHosts } from './known-hosts.ts';
import { type Endpoint, hostName } from './ssh-options.ts';

const require = createRequire(import.meta.url);
const ssh2 = onFirstUse(() => require('ssh2') as typeof import('ssh2'));

const CONNECT_MS = 10_000;
const CHANNEL_MS = 10_000;
/** So much of what a command says on standard error is kept, bytes. */
const LAST_WORDS = 2_000;
/** A connection that was silent for so long is asked for a sign of life, so many times. */
const KEEPALIVE_MS = 2_000;
const KEEPALIVES = 3;

/** A command under way on a host: standard input, standard output, standard error, and its end. */
export interface Channel {
  write(text: string): void;
  onOutput(listener: (chunk: Buffer) => void): void;
  onError(listener: (chunk: Buffer) => void): void;
  /** Resolves when it has ended or the connection has; null: without an exit code. */
  readonly closed: Promise<number | null>;
  /** No more input; what was written is still read. */
  end(): void;
  /** Ends it at once. */
  destroy(): void;
}

/** What a short command wrote. */
export interface Output {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** One connection. */
export class SshConnection {
  readonly name: string;
  /** Resolves once the connection is gone, with the reason where there is one. */
  readonly gone: Promise<Error | null>;
  readonly #client: Client;

  private constructor(client: Client, name: string) {
    this.#client = client;
    this.name = name;
    let last: Error | null = null;
    client.on('error', (error) => {
      last = error;
    });
    this.gone = new Promise((resolve) => client.once('close', () => resolve(last)));
  }

  /** Connects. Throws `ClusterError`: nobody there, an unknown or a changed host key, a user who is not let in. */
  static async connect(endpoint: Endpoint, timeoutMs: number = CONNECT_MS): Promise<SshConnection> {
    const name = hostName(endpoint);
    const { methods, words } = credentialsOf(endpoint, kindOfKey);
    const refusal: Refusal = { sentence: null, agent: null };
    const config: ConnectConfig = {
      ...{ host: endpoint.host, port: endpoint.port, username: endpoint.user },
      ...{ readyTimeout: timeoutMs, keepaliveInterval: KEEPALIVE_MS, keepaliveCountMax: KEEPALIVES },
      authHandler: methods.flatMap(asMethods),
      ...hostKeyCheck(endpoint, refusal),
    };
    const client = new (ssh2().Client)();
    const connection = new SshConnection(client, name);
    try {
      await ready(client, config, timeoutMs, refusal);
    } catch (error) {
      client.destroy();
      const why = refusal.sentence ?? whyNotConnected(name, endpoint, timeoutMs, error as Trouble);
      throw new ClusterError(why ?? whoIsNotLetIn(name, words, refusal));
    }
    return connection;
  }

  /** Starts a command. Throws `ClusterError`. */
  async start(command: string): Promise<Channel> {
    const opened = new Promise<Channel>((resolve, reject) => {
      // Listened to before anything else is done: the end of a short command may have come with the word that it begins.
      this.#client.exec(command, (error, channel) =>
        error ? reject(error) : resolve(channelOf(channel, this.gone)),
      );
    });
    try {
      return await within(CHANNEL_MS, `a channel to ${this.name}`, opened);
    } catch (error) {
      throw new ClusterError(`${this.name} starts no command: ${(error as Error).message}`);
    }
  }

  /** Starts a command whose input and output are those of the stream. Throws `ClusterError`. */
  async stream(command: string): Promise<{ stream: Duplex; ended: Promise<Omit<Output, 'stdout'>> }> {
    const opened = new Promise<{ stream: Duplex; ended: Promise<Omit<Output, 'stdout'>> }>(
      (resolve, reject) => {
        this.#client.exec(command, (error, channel) => {
          if (error) return reject(error);
          const { closed, onError } = channelOf(channel, this.gone);
          let stderr = '';
          onError((chunk) => {
            stderr = (stderr + chunk.toString('utf8')).slice(-LAST_WORDS);
          });
          resolve({ stream: channel, ended: closed.then((code) => ({ code, stderr })) });
        });
      },
    );
    try {
      return await within(CHANNEL_MS, `a channel to ${this.name}`, opened);
    } catch (error) {
      throw new ClusterError(`${this.name} starts no command: ${(error as Error).message}`);
    }
  }

  /** Runs a command to its end. Throws `ClusterError` when it does not come. */
  async run(command: string, input = '', timeoutMs: number = CHANNEL_MS): Promise<Output> {
    const channel = await this.start(command);
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    channel.onOutput((chunk) => chunks.stdout.push(chunk));
    channel.onError((chunk) => chunks.stderr.push(chunk));
    if (input !== '') channel.write(input);
    channel.end();
    try {
      const code = await within(timeoutMs, `an answer of ${this.name}`, channel.closed);
      const text = (parts: Buffer[]): string => Buffer.concat(parts).toString('utf8');
      return { code, stdout: text(chunks.stdout), stderr: text(chunks.stderr) };
    } catch (error) {
      channel.destroy();
      throw new ClusterError((error as Error).message);
    }
  }

  /** Copies a file by sftp. Throws `ClusterError`. */
  async put(local: string, remote: string, mode: number, timeoutMs: number): Promise<void> {
    const copied = new Promise<void>((resolve, reject) => {
      this.#client.sftp((error, sftp) => {
        if (error) return reject(error);
        sftp.fastPut(local, remote, { mode }, (failed) => {
          sftp.end();
          if (failed) reject(failed);
          else resolve();
        });
      });
    });
    try {
      await within(timeoutMs, `copying ${local} to ${this.name}`, copied);
    } catch (error) {
      throw new ClusterError(`cannot copy ${local} to ${this.name}:${remote}: ${(error as Error).message}`);
    }
  }

  /** Ends the connection. */
  close(): void {
    this.#client.end();
  }

  /** Ends it without a word. */
  destroy(): void {
    this.#client.destroy();
  }
}

/** Why a host was not connected to, as far as it is known before the handshake ends. */
interface Refusal {
  /** Its key is not the one it should be. */
  sentence: string | null;
  /** The agent did not do its part; other ways were still tried. */
  agent: string | null;
}

/** Resolves when the user is let in. */
function ready(client: Client, config: ConnectConfig, timeoutMs: number, refusal: Refusal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    // A host may vanish between the first packet and the last: ssh2's own deadline covers the handshake alone.
    const timer = after(timeoutMs, () => reject(new Error('Timed out')));
    const settle = (act: () => void): void => {
      timer.cancel();
      act();
    };
    client.once('ready', () => settle(resolve));
    client.once('close', () => settle(() => reject(new Error('the connection was closed'))));
    client.on('error', (error: Trouble) => {
      if (error.level === 'agent') refusal.agent = error.message;
      else settle(() => reject(error));
    });
    client.connect(config);
  });
}

/** A password is asked for in one of two ways, as the host likes. */
function asMethods(credential: Credential): AnyAuthMethod[] {
  if (credential.type !== 'password') return [credential];
  const { username, password } = credential;
  return [
    credential,
    {
      type: 'keyboard-interactive',
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    },
  ];
}

const kindOfKey: KeyReader = (text, passphrase) => {
  const parsed: unknown = ssh2().utils.parseKey(text, passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error) {
    return /encrypted|passphrase|bad decrypt|integrity/i.test(key.message) ? 'locked' : 'none';
  }
  return (key as { isPrivateKey(): boolean }).isPrivateKey() ? 'private' : 'public';
};

function channelOf(channel: ClientChannel, gone: Promise<unknown>): Channel {
  let code: number | null = null;
  channel.on('exit', (given: number | null) => {
    code = given;
  });
  // A write to a channel that has just closed: its end is told by `closed`.
  channel.on('error', () => undefined);
  // A connection that breaks does not close its channels.
  const closed = new Promise<number | null>((resolve) => {
    channel.once('close', () => resolve(code));
    void gone.then(() => resolve(code));
  });
  return {
    write: (text) => void (channel.writable && channel.write(text)),
    onOutput: (listener) => void channel.on('data', listener),
    onError: (listener) => void channel.stderr.on('data', listener),
    closed,
    end: () => void channel.end(),
    destroy: () => channel.destroy(),
  };
}

/** Asks for keys of the types that are known first, so that a host with several shows one that can be compared. */
function hostKeyCheck(
  endpoint: Endpoint,
  refusal: Refusal,
): Pick<ConnectConfig, 'hostVerifier' | 'algorithms'> {
  const { host, port, knownHosts: path, acceptNewHostKeys } = endpoint;
  const known = new KnownHosts(path);
  const types = known.types(host, port).flatMap((type) => SIGNATURES[type] ?? []);
  return {
    ...(types.length === 0 ? {} : { algorithms: { serverHostKey: types as 'ssh-ed25519'[] } }),
    hostVerifier: (key: Buffer): boolean => {
      const verdict = known.judge(host, port, key);
      if (verdict === 'known') return true;
      if (verdict === 'unknown' && acceptNewHostKeys) {
        addKnownHost(path, host, port, key);
        return true;
      }
      refusal.sentence = refusalOf(endpoint, verdict, key, known.where(host, port));
      return false;
    },
  };
}

/** Signatures by type of key, the better ones first. */
const SIGNATURES: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

function refusalOf(
  endpoint: Endpoint,
  verdict: 'unknown' | 'changed' | 'revoked',
  key: Buffer,
  where: string,
): string {
  const { host, port, knownHosts } = endpoint;
  const shown = `${hostName(endpoint)} shows host key ${fingerprint(key)}`;
  if (verdict === 'revoked') return `${shown}, which ${knownHosts} says is revoked`;
  if (verdict === 'changed') {
    return `${shown}, which is not the one in ${where}: another host may answer in its place (if it was set up anew: ssh-keygen -R '${fileName(host, port)}' -f ${knownHosts})`;
  }
  return `${shown}, and ${knownHosts} does not know it (compare it and add it: ssh-keyscan -p ${port} ${host} >> ${knownHosts}; or --accept-new-host-keys)`;
}

interface Trouble extends Error {
  code?: string;
  level?: string;
}

/** Null: it was reached, and lets the user not in. */
function whyNotConnected(
  name: string,
  { port }: Endpoint,
  timeoutMs: number,
  { code = '', level = '', message }: Trouble,
): string | null {
  if (level === 'client-authentication') return null;
  if (code === 'ECONNREFUSED') return `${name} does not answer: nobody listens at port ${port}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${name} does not answer: no address for its name`;
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return `${name} does not answer: no way leads there, or it is down`;
  if (level === 'client-timeout' || code === 'ETIMEDOUT' || message === 'Timed out')
    return `${name} does not answer within ${timeoutMs} ms`;
  return `${name} does not answer: ${message}`;
}

function whoIsNotLetIn(name: string, words: string, { agent }: Refusal): string {
  const trouble = agent === null ? '' : `; the agent does not work: ${agent}`;
  return `${name} lets nobody in by ${words} (is the public key in its authorized_keys?)${trouble}`;
}
