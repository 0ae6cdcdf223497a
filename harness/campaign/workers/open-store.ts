/**
 * Which store is meant: a folder that all machines see, or a bucket of anything that speaks S3.
 */
import { isAbsolute, resolve } from 'node:path';
import { suggest, UsageError } from '../../registry.ts';
import { FolderStore } from './folder-store.ts';
import { S3Store, s3Settings } from './s3-store.ts';
import type { SharedStore } from './shared-store.ts';

/** Opens a store by what the command line says: `s3://bucket/prefix`, or a folder. Throws `UsageError`. */
export function openStore(
  given: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): SharedStore {
  const scheme = /^([a-z0-9+.-]+):\/\//i.exec(given)?.[1]?.toLowerCase();
  if (scheme === 's3') return new S3Store(s3Settings(given, env), cwd);
  if (scheme !== undefined) {
    throw new UsageError(`a store is a folder or s3://bucket/prefix, not ${scheme}://`, {
      hint: suggest(scheme, ['s3']),
    });
  }
  return new FolderStore(isAbsolute(given) ? given : resolve(cwd, given));
}
