/**
 * The way to an engine whose address is `ssh://user@host`: each request is a channel of an ssh connection, at whose other
 * end `docker system dial-stdio` speaks to the engine of that host, as Docker's own client does it. Hosts are checked
 * against the known host keys.
 */
import { Agent, type ClientRequest } from 'node:http';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { after, sleep, type Timer } from '../../time.ts';
import { SshConnection } from '../ssh/connection.ts';
import { type Endpoint, hostName, PASSPHRASE_ENV, PASSWORD_ENV } from '../ssh/ssh-options.ts';

const DIAL = 'docker system dial-stdio';
/** As long as the first answer of an engine is waited for. */
const CONNECT_MS = 30_000;
/** Of one connection; servers allow ten unless told otherwise. */
const CHANNELS = 8;
/** A connection without channels, and a channel without requests, are kept for so long: starting one takes time. */
const IDLE_MS = 200;
const UNUSED_MS = 3_000;
/** How long after the end of a channel its host may still say why it came. */
const WORDS_MS = 300;

interface Way {
  connection: Promise<SshConnection>;
  channels: number;
  idle: Timer | null;
}

/** Where an address leads. Throws `TypeError` for one that is none. */
export function endpointOf(address: string): Endpoint {
  const { hostname, port, username } = new URL(address);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 22 : Number(port),
    user: username === '' ? userInfo().username : decodeURIComponent(username),
    key: null,
    passphraseEnv: PASSPHRASE_ENV,
    passwordEnv: PASSWORD_ENV,
    knownHosts: join(process.env['HOME'] ?? homedir(), '.ssh', 'known_hosts'),
    acceptNewHostKeys: false,
  };
}

/** A channel with what `Agent` does to sockets between two requests, which means nothing here. */
function asSocket(stream: Duplex): Duplex {
  const nothing = (): Duplex => stream;
  const deeds = {
    setTimeout: nothing,
    setKeepAlive: nothing,
    setNoDelay: nothing,
    ref: nothing,
    unref: nothing,
  };
  return Object.assign(stream, { timeout: 0, ...deeds });
}

/** Connections over ssh for requests over HTTP. */
export class SshAgent extends Agent {
  readonly #endpoint: Endpoint;
  readonly #ways: Way[] = [];
  readonly #unused = new WeakMap<Duplex, Timer>();
  #trouble: string | null = null;

  constructor(address: string) {
    // Docker's client takes longer to start than most requests do: it serves one after the other.
    super({ keepAlive: true });
    this.#endpoint = endpointOf(address);
  }

  /** See `Agent`: called for each request. The error is a `ClusterError` that names the host. */
  override createConnection(
    _options: unknown,
    give: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    this.#open().then(
      (stream) => give(null, stream),
      (error: Error) => give(error, null as unknown as Duplex),
    );
    return undefined;
  }

  /** See `Agent`: a channel that was used may be used again soon. */
  override keepSocketAlive(stream: Duplex): boolean {
    this.#unused.set(
      stream,
      after(UNUSED_MS, () => stream.destroy()),
    );
    return true;
  }

  /** See `Agent`. */
  override reuseSocket(stream: Duplex, request: ClientRequest): void {
    super.reuseSocket(stream, request);
    this.#unused.get(stream)?.cancel();
    this.#unused.delete(stream);
  }

  /** Why a request came to nothing, where the host has said so; asked when one has, as that is often heard before why. */
  async why(): Promise<string | null> {
    for (let waited = 0; this.#trouble === null && waited < WORDS_MS; waited += 10) await sleep(10);
    const said = this.#trouble;
    this.#trouble = null;
    return said;
  }

  async #open(): Promise<Duplex> {
    const way = this.#free();
    way.channels++;
    let isOver = false;
    const over = (): void => {
      if (!isOver) this.#release(way);
      isOver = true;
    };
    try {
      const connection = await way.connection;
      const { stream, ended } = await connection.stream(DIAL);
      void ended.then(({ code, stderr }) => {
        over();
        if (code === 0 || code === null) return;
        this.#trouble = this.#whyNot(code, stderr);
        stream.destroy(new Error(this.#trouble));
      });
      stream.once('close', over);
      return asSocket(stream);
    } catch (error) {
      over();
      throw error;
    }
  }

  #whyNot(code: number, stderr: string): string {
    const name = hostName(this.#endpoint);
    if (code === 127) return `${name} has no docker on the PATH of those who come by ssh`;
    const said = stderr.trim().split('\n').at(-1) || `${DIAL} ended with ${code}`;
    return `${name}: ${said}`;
  }

  #free(): Way {
    const found = this.#ways.find(({ channels }) => channels < CHANNELS);
    if (found !== undefined) {
      found.idle?.cancel();
      found.idle = null;
      return found;
    }
    const way: Way = {
      connection: SshConnection.connect(this.#endpoint, CONNECT_MS),
      channels: 0,
      idle: null,
    };
    this.#ways.push(way);
    // Told to who asked for it; the next one tries anew.
    way.connection.then(
      (connection) => void connection.gone.then(() => this.#forget(way)),
      () => this.#forget(way),
    );
    return way;
  }

  #release(way: Way): void {
    way.channels--;
    if (way.channels > 0 || !this.#ways.includes(way)) return;
    way.idle = after(IDLE_MS, () => {
      this.#forget(way);
      void way.connection.then((connection) => connection.close());
    });
  }

  #forget(way: Way): void {
    way.idle?.cancel();
    const at = this.#ways.indexOf(way);
    if (at >= 0) this.#ways.splice(at, 1);
  }
}
