/**
 * Packages that are not of the install, since most campaigns run on one machine: loaded when they are asked for.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The module of a package: beside faultline, or of the project it is used in, which `npx` keeps apart. Null where it is
 * not installed; throws what it throws while it is loaded.
 */
export async function optionalPackage(name: string, cwd: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
  }
  let path: string;
  try {
    path = createRequire(join(cwd, 'package.json')).resolve(name);
  } catch {
    return null;
  }
  return import(pathToFileURL(path).href);
}
