/**
 * A store in a bucket: Amazon's, or of anything that speaks S3 (MinIO, Ceph, Garage, R2). The one home of the client of
 * S3, which is loaded with the first request. Credentials never stand in an address: they come from where that client
 * looks for them, the environment first.
 */
import { createWriteStream, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { UsageError } from '../../registry.ts';
import { optionalPackage } from './optional-package.ts';
import type { SharedStore } from './shared-store.ts';
import { StoreError } from './store-error.ts';

/** Where a bucket is and who uses it. */
export interface S3Settings {
  bucket: string;
  /** Empty, or with a slash at its end. */
  prefix: string;
  region: string;
  /** Null: Amazon's. */
  endpoint: string | null;
  /** Null: wherever the client of S3 finds some. */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | null;
}

type Library = typeof import('@aws-sdk/client-s3');
const PACKAGE = '@aws-sdk/client-s3';

/** Tries of a request that failed for a reason that may pass. */
const TRIES = 5;
const CONNECT_MS = 10_000;
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
  const endpoint =
    url.searchParams.get('endpoint') ?? (env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || null);
  if (endpoint !== null && !/^https?:\/\/[^/]/.test(endpoint)) {
    throw new UsageError('the endpoint of a store is an address', { hint: 'http://host:9000' });
  }
  const path = url.pathname.replace(/^\/+|\/+$/g, '');
  return {
    bucket: url.hostname,
    prefix: path === '' ? '' : `${decodeURIComponent(path)}/`,
    region: url.searchParams.get('region') ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || 'us-east-1'),
    endpoint,
    credentials: credentialsIn(env),
  };
}

function credentialsIn(env: Readonly<Record<string, string | undefined>>): S3Settings['credentials'] {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  if (!accessKeyId || !secretAccessKey) return null;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

/** A bucket, or what lies below a prefix of it. */
export class S3Store implements SharedStore {
  readonly shown: string;
  readonly #settings: S3Settings;
  readonly #cwd: string;
  #opened: Promise<{ s3: Library; client: S3Client }> | null = null;

  /** `cwd`: where the project is whose packages may be used. */
  constructor(settings: S3Settings, cwd: string) {
    this.#settings = settings;
    this.#cwd = cwd;
    const { bucket, prefix } = settings;
    this.shown = `s3://${bucket}/${prefix}`.replace(/\/$/, '');
  }

  write(key: string, text: string): Promise<void> {
    return this.#send(key, Buffer.from(text));
  }

  read(key: string): Promise<string | null> {
    return this.#tried('read', async ({ s3, client }) => {
      try {
        const { Body } = await client.send(new s3.GetObjectCommand(this.#object(key)));
        return (await Body?.transformToString()) ?? '';
      } catch (error) {
        if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return null;
        throw error;
      }
    });
  }

  async put(key: string, file: string): Promise<void> {
    // A run folder's files fit in memory by far, or their history could not have been judged.
    await this.#send(key, await readFile(file));
  }

  get(key: string, file: string): Promise<void> {
    return this.#tried('read', async ({ s3, client }) => {
      const { Body } = await client.send(new s3.GetObjectCommand(this.#object(key)));
      mkdirSync(dirname(file), { recursive: true });
      await pipeline(Body instanceof Readable ? Body : [], createWriteStream(file));
    });
  }

  list(prefix: string): Promise<string[]> {
    const { bucket, prefix: own } = this.#settings;
    return this.#tried('read', async ({ s3, client }) => {
      const keys: string[] = [];
      const pages = s3.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: own + prefix });
      for await (const { Contents = [] } of pages) {
        keys.push(...Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key.slice(own.length)])));
      }
      return keys.sort();
    });
  }

  remove(keys: readonly string[]): Promise<void> {
    return this.#tried('written', async ({ s3, client }) => {
      // One by one: not everything that speaks S3 removes many at once.
      for (const key of keys) await client.send(new s3.DeleteObjectCommand(this.#object(key)));
    });
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#settings.bucket, Key: this.#settings.prefix + key };
  }

  #send(key: string, body: Buffer): Promise<void> {
    return this.#tried('written', async ({ s3, client }) => {
      await client.send(new s3.PutObjectCommand({ ...this.#object(key), Body: body }));
    });
  }

  async #tried<T>(what: string, work: (at: { s3: Library; client: S3Client }) => Promise<T>): Promise<T> {
    try {
      this.#opened ??= this.#open();
      return await work(await this.#opened);
    } catch (cause) {
      throw new StoreError(this.shown, what, inWords(cause));
    }
  }

  async #open(): Promise<{ s3: Library; client: S3Client }> {
    // Which versions of Node it will leave behind one day is nothing for the screen of a run.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
    const s3 = (await optionalPackage(PACKAGE, this.#cwd)) as Library | null;
    if (s3 === null) throw new Error(`buckets need a package that is not installed: npm install ${PACKAGE}`);
    const { region, endpoint, credentials } = this.#settings;
    const config: S3ClientConfig = {
      region,
      ...(credentials === null ? {} : { credentials }),
      // Stores other than Amazon's have their buckets in paths, and know no checksums but the signature's.
      ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
      ...{ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
      maxAttempts: TRIES,
      requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS },
    };
    return { s3, client: new s3.S3Client(config) };
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** `403 SignatureDoesNotMatch: ...` where the server said so. */
function inWords(error: unknown): unknown {
  const status = statusOf(error);
  if (!(error instanceof Error) || status === undefined) return error;
  return new Error(`${status} ${error.name}: ${error.message}`.slice(0, 300));
}
