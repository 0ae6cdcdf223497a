import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { moduleFiles } from '../../../harness/config/module-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-module-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

it('follows what a module imports and what it names by its place, and names the packages', async () => {
  write({
    'system.ts': `import { defineSystem } from 'faultline/plugin';
import { readFileSync } from 'node:fs';
import type { Only } from './types.ts';
import { helper } from './lib/helper.ts';
export default defineSystem({ module: new URL('./node.ts', import.meta.url), helper, readFileSync, x: 1 as Only });`,
    'types.ts': 'export type Only = number;',
    'lib/helper.ts': `import { z } from 'zod'; export const helper = [z, new URL("../data.json", import.meta.url)];`,
    'node.ts': `import './lib/wire.ts'; export default () => import('left-pad');`,
    'lib/wire.ts': 'export {};',
    'data.json': '{}',
    'unused.ts': '',
  });
  const { files, packages } = await moduleFiles([join(folder, 'system.ts')]);
  expect(files.map((path) => relative(folder, path))).toEqual([
    ...['data.json', 'lib/helper.ts', 'lib/wire.ts', 'node.ts', 'system.ts'],
  ]);
  expect(packages).toEqual(['left-pad', 'zod']);
});

it('takes what cannot be compiled, and what is gone, as it is', async () => {
  write({ 'broken.ts': 'export default {' });
  const paths = [join(folder, 'broken.ts'), join(folder, 'gone.ts')];
  expect(await moduleFiles(paths)).toEqual({ files: [paths[0]], packages: [] });
});
