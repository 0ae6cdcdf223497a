/**
 * Shared stores: a folder and a bucket keep the same promises; the bucket is that of a server that verifies signatures.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderStore } from '../../../../harness/campaign/workers/folder-store.ts';
import { openStore } from '../../../../harness/campaign/workers/open-store.ts';
import { S3Store, s3Settings } from '../../../../harness/campaign/workers/s3-store.ts';
import type { SharedStore } from '../../../../harness/campaign/workers/shared-store.ts';
import { fetchTake, lostTakes, resultsOf, Uploader } from '../../../../harness/campaign/workers/transfer.ts';
import { KEY_ID, S3Server, SECRET } from '../../../kits/s3-server.ts';

const root = mkdtempSync(join(tmpdir(), 'faultline-store-'));
const server = new S3Server();
let endpoint = '';
beforeAll(async () => {
  endpoint = await server.start();
});
afterAll(async () => {
  await server.end();
  rmSync(root, { recursive: true, force: true });
});

const env = { AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: SECRET };
const bucket = (query = ''): SharedStore =>
  openStore(`s3://nights/team a?endpoint=${encodeURIComponent(endpoint)}${query}`, root, env);

describe.each([
  ['a folder', (): SharedStore => new FolderStore(join(root, 'folder'))],
  ['a bucket', bucket],
])('%s', (_, open) => {
  it('keeps texts and files under names of all kinds', async () => {
    const store = open();
    const names = ['n/a b.json', 'n/ü\'&"<x>.txt', 'n/deep/er/c+d=e', 'n/f(1)!*.log', 'other/x'];
    for (const name of names) await store.write(name, `holds ${name}`);
    expect(await store.list('n/')).toEqual(names.slice(0, 4).sort());
    for (const name of names) expect(await store.read(name)).toBe(`holds ${name}`);
    expect(await store.read('n/nothing')).toBeNull();
    const [from, to] = [join(root, 'from'), join(root, 'to', 'there')];
    writeFileSync(from, Buffer.from([0, 255, 10, 13]));
    rmSync(to, { force: true });
    await store.put('n/bytes', from);
    await store.get('n/bytes', to);
    expect([...readFileSync(to)]).toEqual([0, 255, 10, 13]);
    await store.remove(['n/bytes', 'n/nothing']);
    expect(await store.read('n/bytes')).toBeNull();
    expect(await store.list('nowhere/')).toEqual([]);
  });

  it('brings a run folder there while it grows, takes back what was pruned, and says last that it ended', async () => {
    const store = open();
    const run = join(root, `run-${_}`);
    mkdirSync(join(run, 'logs', 'n1'), { recursive: true });
    writeFileSync(join(run, 'history.jsonl'), 'half\n');
    writeFileSync(join(run, 'logs', 'n1', 'out'), 'up');
    writeFileSync(`${run}.log`, 'said');
    const uploader = new Uploader(store, 'night/runs/x.1/1.w-1', run);
    await uploader.sendSome();
    expect(await lostTakes(store, 'night/runs/x.1/1')).toEqual(['night/runs/x.1/1.w-1']);
    expect(await store.read('night/runs/x.1/1.w-1/history.jsonl')).toBe('half\n');
    rmSync(join(run, 'history.jsonl'));
    writeFileSync(join(run, 'verdict.json'), '{}');
    const result = {
      take: 'night/runs/x.1/1.w-1',
      worker: 'w',
      host: 'h',
      slot: 0,
      tookMs: 1,
      code: 0,
      cut: false,
    };
    await uploader.finish({ ...result, outcome: {} as never });
    expect(await resultsOf(store, 'night/runs/x.1/1')).toMatchObject([result]);
    expect(await lostTakes(store, 'night/runs/x.1/1')).toEqual([]);
    expect(await resultsOf(store, 'night/runs/x.1/11')).toEqual([]);
    const back = join(root, `back-${_}`);
    await fetchTake(store, result.take, back);
    expect(existsSync(join(back, 'history.jsonl'))).toBe(false);
    expect(readFileSync(join(back, 'logs', 'n1', 'out'), 'utf8')).toBe('up');
    expect(readFileSync(`${back}.log`, 'utf8')).toBe('said');
  });
});

describe('a bucket', () => {
  it('is asked again when it is busy, and not when it refuses', async () => {
    server.failing = 2;
    await bucket().write('busy', 'x');
    expect(await bucket().read('busy')).toBe('x');
    const other = openStore(`s3://nights?endpoint=${endpoint}`, root, {
      ...env,
      AWS_SECRET_ACCESS_KEY: 'guess',
    });
    await expect(other.read('busy')).rejects.toThrow(
      'the store s3://nights cannot be read: 403 SignatureDoesNotMatch: no & never',
    );
    server.readOnly = true;
    await expect(bucket().write('x', 'y')).rejects.toThrow(/cannot be written: 403 AccessDenied/);
    server.readOnly = false;
  });

  it('says where nobody answers', async () => {
    const store = openStore('s3://nights?endpoint=http://127.0.0.1:59999', root, env);
    await expect(store.read('x')).rejects.toThrow(
      'the store s3://nights cannot be read: connect ECONNREFUSED',
    );
  });

  it.each([
    ['s3://id:key@nights', 'keys of a store do not stand in its address'],
    ['s3://', 'names no bucket'],
    ['s3://nights?zone=x', 'a store has no setting "zone"'],
    ['s3://nights?endpoint=minio:9000', 'the endpoint of a store is an address'],
    ['gs://nights', 'not gs://'],
    ['s4://nights', 'not s4://'],
  ])('is not taken for %s', (given, said) => {
    expect(() => openStore(given, root, env)).toThrow(said);
  });

  it('is where its address and the environment say, and is used by whom the environment names', () => {
    const at = (given: string, more = {}): object => s3Settings(given, { ...env, ...more });
    expect(at('s3://nights?region=eu-central-1')).toMatchObject({ region: 'eu-central-1', endpoint: null });
    expect(at('s3://nights', { AWS_REGION: 'eu-west-1' })).toMatchObject({ region: 'eu-west-1' });
    expect(at('s3://nights', { AWS_ENDPOINT_URL: 'http://minio:9000' })).toMatchObject({
      endpoint: 'http://minio:9000',
      credentials: { accessKeyId: KEY_ID, secretAccessKey: SECRET },
    });
    expect(s3Settings('s3://nights', {}).credentials).toBeNull();
    expect(new S3Store(s3Settings('s3://nights/a/b/', env), root).shown).toBe('s3://nights/a/b');
  });
});

describe('a folder', () => {
  it('that nobody may write says so', async () => {
    await expect(new FolderStore('/sys/nights').write('a/b', 'x')).rejects.toThrow(
      /the store \/sys\/nights cannot be written: (EPERM|EACCES|EROFS)/,
    );
  });

  it('that is a file says so', async () => {
    writeFileSync(join(root, 'file'), '');
    await expect(new FolderStore(join(root, 'file')).write('a/b', 'x')).rejects.toThrow(
      /the store .*file cannot be written: (ENOTDIR|EEXIST)/,
    );
  });
});
