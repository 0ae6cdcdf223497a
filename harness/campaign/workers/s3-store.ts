/**
 * A store in a bucket: Amazon's, or of anything that speaks S3 (MinIO, Ceph, Garage, R2). Five requests are all it
 * needs, so that no library comes along. Credentials come from the environment only.
 */
import { createWriteStream, mkdirSync, openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../../registry.ts';
import { signalAfter, sleep, wallMs } from '../../time.ts';
import type { SharedStore } from './shared-store.ts';
import { escaped, type Signer, sha256, signed } from './signature.ts';
import { StoreError } from './store-error.ts';

/** Where a bucket is and who uses it. */
export interface S3Settings {
  bucket: string;
  /** Empty, or with a slash at its end. */
  prefix: string;
  /** Where requests go: the bucket is in the host or in the path. */
  base: string;
  signer: Signer;
}

/** Tries of a request that failed for a reason that may pass. */
const TRIES = 5;
const REQUEST_MS = 120_000;

/** Reads `s3://bucket/prefix?endpoint=...&region=...` and the environment. Throws `UsageError`. */
export function s3Settings(given: string, env: Readonly<Record<string, string | undefined>>): S3Settings {
  const url = new URL(given);
  const hint = 's3://bucket/prefix?endpoint=http://host:9000&region=us-east-1';
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('keys of a store do not stand in its address', {
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    });
  }
  if (url.hostname === '') throw new UsageError('this store names no bucket', { hint });
  const unknown = [...url.searchParams.keys()].find((key) => key !== 'endpoint' && key !== 'region');
  if (unknown !== undefined) throw new UsageError(`a store has no setting "${unknown}"`, { hint });
  const [keyId, secret] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']];
  if (!keyId || !secret) {
    throw new UsageError(`s3://${url.hostname} needs credentials`, {
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (aws configure export-credentials prints them)',
    });
  }
  const region =
    url.searchParams.get('region') ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const endpoint = url.searchParams.get('endpoint') ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const path = url.pathname.replace(/^\/+|\/+$/g, '');
  return {
    bucket: url.hostname,
    prefix: path === '' ? '' : `${path}/`,
    base: baseOf(url.hostname, region, endpoint),
    signer: { keyId, secret, sessionToken: env['AWS_SESSION_TOKEN'] || null, region },
  };
}

function baseOf(bucket: string, region: string, endpoint: string | undefined): string {
  // Names with dots do not go with the certificates of hosts.
  if (endpoint === undefined) {
    const host = `s3.${region}.amazonaws.com`;
    return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
  }
  if (!/^https?:\/\/[^/]/.test(endpoint)) {
    throw new UsageError('the endpoint of a store is an address', { hint: 'http://host:9000' });
  }
  return `${endpoint.replace(/\/+$/, '')}/${bucket}`;
}

/** A bucket, or what lies below a prefix of it. */
export class S3Store implements SharedStore {
  readonly shown: string;
  readonly #settings: S3Settings;

  constructor(settings: S3Settings) {
    this.#settings = settings;
    const { bucket, prefix } = settings;
    this.shown = `s3://${bucket}/${prefix}`.replace(/\/$/, '');
  }

  async write(key: string, text: string): Promise<void> {
    const body = Buffer.from(text);
    await this.#request('written', 'PUT', key, { body, digest: sha256(body) });
  }

  async read(key: string): Promise<string | null> {
    const answer = await this.#request('read', 'GET', key, {}, [404]);
    return answer.status === 404 ? null : answer.text();
  }

  async put(key: string, file: string): Promise<void> {
    // A run folder's files fit in memory by far, or their history could not have been judged; the body itself is
    // sent from the disk.
    const digest = sha256(await readFile(file));
    await this.#request('written', 'PUT', key, { body: await openAsBlob(file), digest });
  }

  async get(key: string, file: string): Promise<void> {
    const answer = await this.#request('read', 'GET', key);
    mkdirSync(dirname(file), { recursive: true });
    await this.#tried('read', async () => {
      const body = answer.body === null ? [] : Readable.fromWeb(answer.body as never);
      await pipeline(body, createWriteStream(file));
    });
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    const { prefix: own } = this.#settings;
    for (let token: string | null = ''; token !== null; ) {
      const query: Record<string, string> = { 'list-type': '2', prefix: own + prefix };
      if (token !== '') query['continuation-token'] = token;
      const xml: string = await (await this.#request('read', 'GET', null, { query })).text();
      for (const [, key] of xml.matchAll(/<Key>([^<]*)<\/Key>/g))
        keys.push(unescaped(key!).slice(own.length));
      const next = /<NextContinuationToken>([^<]*)<\/NextContinuationToken>/.exec(xml);
      token = next === null ? null : unescaped(next[1]!);
    }
    return keys.sort();
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#request('written', 'DELETE', key, {}, [404]);
  }

  async #request(
    what: string,
    method: string,
    key: string | null,
    {
      query = {},
      body,
      digest = sha256(''),
    }: { query?: Record<string, string>; body?: Blob | Buffer; digest?: string } = {},
    allowed: readonly number[] = [],
  ): Promise<Response> {
    const { base, prefix, signer } = this.#settings;
    const path = key === null ? '' : `/${(prefix + key).split('/').map(escaped).join('/')}`;
    const search = Object.entries(query).map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
    const url = new URL(`${base}${path === '' && search.length > 0 ? '/' : path}`);
    url.search = search.join('&');
    return this.#tried(what, async () => {
      for (let attempt = 1; ; attempt++) {
        const headers = signed({ method, url, headers: {}, bodyDigest: digest }, signer, wallMs());
        const { host, ...sent } = headers;
        const init = {
          method,
          headers: sent,
          signal: signalAfter(REQUEST_MS),
          ...(body === undefined ? {} : { body }),
        };
        const answer = await fetch(url, init).catch((error: Error) => error);
        if (!(answer instanceof Error) && (answer.ok || allowed.includes(answer.status))) return answer;
        const passing = answer instanceof Error || answer.status === 429 || answer.status >= 500;
        if (!passing || attempt === TRIES)
          throw answer instanceof Error ? answer : new Error(await said(answer));
        await sleep(150 * 2 ** attempt);
      }
    });
  }

  async #tried<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw cause instanceof StoreError ? cause : new StoreError(this.shown, what, cause);
    }
  }
}

/** `403 SignatureDoesNotMatch: ...`, in the words of the server. */
async function said(answer: Response): Promise<string> {
  const xml = await answer.text();
  const code = /<Code>([^<]*)<\/Code>/.exec(xml)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(xml)?.[1];
  const words = unescaped([code, message].filter((word) => word !== undefined && word !== '').join(': '));
  return `${answer.status} ${words === '' ? answer.statusText : words.slice(0, 300)}`.trim();
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replaceAll(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex, decimal, name: string | undefined) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex as string, 16));
    },
  );
}
