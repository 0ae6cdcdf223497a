import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { packed } from '../../../cli/campaign/luggage.ts';
import type { LoadedCampaign } from '../../../harness/campaign/load.ts';

const root = mkdtempSync(join(tmpdir(), 'faultline-luggage-'));
const cwd = join(root, 'project');
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(cwd, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const campaign = (files?: string[]): LoadedCampaign =>
  ({ config: files === undefined ? {} : { files }, directory: cwd }) as unknown as LoadedCampaign;

it('takes what is named, what modules are made of, and what is listed, without packages', async () => {
  const night = write('night.yaml', '');
  const program = write('own.ts', `import './lib.ts';`);
  write('lib.ts', '');
  write('server/main.py', '');
  write('server/node_modules/x.js', '');
  write('server/.git/HEAD', '');
  expect(await packed(campaign(), [night, program], cwd)).toEqual({
    ...{ paths: ['night.yaml', 'own.ts', 'lib.ts'], staysBecause: null, programs: false },
  });
  expect(await packed(campaign(['server', 'lib.ts']), [night], cwd)).toEqual({
    ...{ paths: ['night.yaml', 'server/main.py', 'lib.ts'], staysBecause: null, programs: true },
  });
});

it('says why modules need a checkout', async () => {
  const user = write('user.ts', `import 'zod';`);
  const { staysBecause } = await packed(campaign(), [user], cwd);
  expect(staysBecause).toBe('a module of yours imports the package "zod"');
  write('../outside.ts', '');
  const far = write('far.ts', `import '../outside.ts';`);
  const told = await packed(campaign(), [far], cwd);
  expect(told.staysBecause).toBe(`${join(root, 'outside.ts')} is outside of this folder`);
  expect(told.paths).toEqual(['far.ts']);
});

it('refuses what is not there, and what is too much', async () => {
  await expect(packed(campaign(['sever']), [], cwd)).rejects.toThrow(
    'there is no "sever" to give to workers',
  );
  mkdirSync(join(cwd, 'many'));
  for (let i = 0; i <= 5_000; i++) writeFileSync(join(cwd, 'many', String(i)), '');
  await expect(packed(campaign(['many']), [], cwd)).rejects.toThrow('lists 5001 files of 0 MiB');
});
