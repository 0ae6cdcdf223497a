/**
 * A store that speaks the protocol of S3, as much of it as is used, and believes no request whose signature it cannot
 * make itself from the bytes that came: written from Amazon's description, apart from the code that signs.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Credentials the server knows. */
export const KEY_ID = 'AKIDEXAMPLE';
export const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

/** What it keeps, and how it misbehaves when told to. */
export class S3Server {
  /** By bucket and key. */
  readonly objects = new Map<string, Buffer>();
  readonly refused: string[] = [];
  /** The next so many requests are answered with 503. */
  failing = 0;
  /** Nobody may write. */
  readOnly = false;
  /** Keys in one answer to a list. */
  page = 3;
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: import('node:http').ServerResponse): Promise<void> {
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const url = new URL(request.url!, `http://${request.headers.host}`);
    const tell = (status: number, code: string): void => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(`<Error><Code>${code}</Code><Message>no &amp; never</Message></Error>`);
    };
    if (this.failing > 0) {
      this.failing--;
      return tell(503, 'SlowDown');
    }
    const wrong = problemOf(request, url, body);
    if (wrong !== null) {
      this.refused.push(wrong);
      return tell(403, wrong);
    }
    const key = decodeURIComponent(url.pathname.slice(1));
    if (request.method === 'PUT') {
      if (this.readOnly) return tell(403, 'AccessDenied');
      this.objects.set(key, body);
      response.writeHead(200).end();
    } else if (request.method === 'DELETE') {
      this.objects.delete(key);
      response.writeHead(204).end();
    } else if (url.searchParams.has('list-type')) {
      response.end(this.#listing(key.split('/')[0]!, url.searchParams));
    } else {
      const found = this.objects.get(key);
      if (found === undefined) return tell(404, 'NoSuchKey');
      response.end(found);
    }
  }

  #listing(bucket: string, query: URLSearchParams): string {
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(`${bucket}/${query.get('prefix') ?? ''}`))
      .map((key) => key.slice(bucket.length + 1))
      .sort();
    const from = Number(query.get('continuation-token') ?? 0);
    const shown = keys
      .slice(from, from + this.page)
      .map((key) => `<Contents><Key>${xml(key)}</Key></Contents>`);
    const more = from + this.page < keys.length;
    const next = more ? `<NextContinuationToken>${from + this.page}</NextContinuationToken>` : '';
    return `<ListBucketResult><IsTruncated>${more}</IsTruncated>${shown.join('')}${next}</ListBucketResult>`;
  }
}

function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll("'", '&#39;')
    .replaceAll('"', '&#x22;');
}

/** Why a request is not believed; null when it is. */
function problemOf(request: IncomingMessage, url: URL, body: Buffer): string | null {
  const { headers, method } = request;
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  if (match === null) return 'AccessDenied';
  const [, keyId, day, region, names, signature] = match as unknown as string[];
  if (keyId !== KEY_ID) return 'InvalidAccessKeyId';
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names!.split(';').includes(name)))
    return 'AccessDenied';
  const date = String(headers['x-amz-date']);
  if (!date.startsWith(day!)) return 'AccessDenied';
  const digest = createHash('sha256').update(body).digest('hex');
  if (headers['x-amz-content-sha256'] !== digest) return 'XAmzContentSHA256Mismatch';
  const query = url.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '')
    .map((part) => (part.includes('=') ? part : `${part}=`))
    .sort()
    .join('&');
  const lines = names!.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`);
  const canonical = `${method}\n${url.pathname}\n${query}\n${lines.join('')}\n${names}\n${digest}`;
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
  const mac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
  const key = mac(mac(mac(mac(`AWS4${SECRET}`, day!), region!), 's3'), 'aws4_request');
  return mac(key, text).toString('hex') === signature ? null : 'SignatureDoesNotMatch';
}
