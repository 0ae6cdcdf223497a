import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { OWN_NAMES, rememberNames } from '../../cli/own-names.ts';
import { registerPlugin } from '../../plugins/registered.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-own-names-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('remembers the names of plug-ins for shells, and makes no store without any', async () => {
  rememberNames(folder);
  expect(existsSync(join(folder, '.faultline'))).toBe(false);
  const file = fileURLToPath(new URL('../fixtures/plugins/doze.ts', import.meta.url));
  const [doze] = await registerPlugin(file, 'doze.ts');
  rememberNames(folder);
  expect(readFileSync(join(folder, '.faultline', OWN_NAMES), 'utf8')).toBe(`faults ${doze!.name}\n`);
});
