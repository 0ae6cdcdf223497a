/**
 * A package of somebody else's that has faultline among its dependencies: its node_modules hold links to this
 * repository and to what it uses beside it.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Makes the package with these files and these dependencies beside faultline. */
export function makeConsumer(
  files: Readonly<Record<string, string>>,
  packages: readonly string[],
): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-consumer-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  symlinkSync(ROOT, join(modules, 'faultline'));
  for (const name of packages) {
    mkdirSync(join(modules, name, '..'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "type": "module" }\n');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Path of a program among this repository's dependencies. */
export function program(name: string, file: string): string {
  return join(ROOT, 'node_modules', name, file);
}
