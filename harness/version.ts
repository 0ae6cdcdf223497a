/**
 * The version in package.json, found from the compiled file.
 */
import { readFileSync } from 'node:fs';

/** `0.1.0`. */
export function version(): string {
  // dist/harness/version.js and harness/version.ts are one folder apart from each other in depth.
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name?: string;
        version: string;
      };
      if (found.name === 'faultline') return found.version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return 'unknown';
}
