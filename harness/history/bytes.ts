/**
 * The bytes of a file, gunzipped when it starts with gzip's magic number, whatever its name says.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../registry.ts';

const CHUNK_BYTES = 1 << 22;

/** The first bytes of a file as they are on disk. Throws `UsageError` when it cannot be read. */
export async function firstBytes(path: string, count: number): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The content of a file in large chunks. Throws `UsageError` when it cannot be read or gunzipped. */
export async function* byteChunks(path: string): AsyncGenerator<Buffer> {
  const head = await firstBytes(path, 2);
  const zipped = head[0] === 0x1f && head[1] === 0x8b;
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const gunzip = zipped ? createGunzip({ chunkSize: CHUNK_BYTES }) : null;
  if (gunzip !== null) {
    file.on('error', (error) => gunzip.destroy(error));
    file.pipe(gunzip);
  }
  try {
    for await (const chunk of gunzip ?? file) yield chunk as Buffer;
  } catch (cause) {
    throw isSystemError(cause) ? unreadable(path, cause) : cause;
  } finally {
    file.destroy();
  }
}

/** The whole content of a file. Throws `UsageError` when it cannot be read or gunzipped. */
export async function allBytes(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of byteChunks(path)) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function isSystemError(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && typeof (cause as NodeJS.ErrnoException).code === 'string';
}

function unreadable(path: string, cause: unknown): UsageError {
  const code = isSystemError(cause) ? cause.code : undefined;
  const why =
    code === 'ENOENT'
      ? 'there is no such file'
      : code === 'EISDIR'
        ? 'it is a directory'
        : `it cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new UsageError(why, { file: path });
}
