/**
 * Compiled modules: the same hash for the same files, wherever they are; code that another thread can evaluate.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compilePlugin, evaluatePlugin } from '../../../harness/config/plugin-module.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-modules-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('compilePlugin', () => {
  it('hashes the module and what it imports from beside it, and not where they are', async () => {
    mkdirSync(join(folder, 'a'));
    writeFileSync(join(folder, 'a/part.ts'), 'export const part: number = 1;\n');
    writeFileSync(join(folder, 'a/main.ts'), 'import { part } from "./part.ts";\nexport default { part };\n');
    cpSync(join(folder, 'a'), join(folder, 'b'), { recursive: true });
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) => compilePlugin(join(folder, name, 'main.ts'), name)),
    );
    expect(b!.sha256).toBe(a!.sha256);
    writeFileSync(join(folder, 'b/part.ts'), 'export const part: number = 2;\n');
    const changed = await compilePlugin(join(folder, 'b/main.ts'), 'b');
    expect(changed.sha256).not.toBe(a!.sha256);
    // Text that was compiled before stays what it was.
    expect((await evaluatePlugin(b!, 'b')).exported).toEqual({ part: 1 });
    expect((await evaluatePlugin(changed, 'b')).exported).toEqual({ part: 2 });
  });

  it('waits for a default export that is a promise', async () => {
    writeFileSync(join(folder, 'later.mjs'), 'export default Promise.resolve({ later: true });\n');
    const compiled = await compilePlugin(join(folder, 'later.mjs'), 'later.mjs');
    expect(await evaluatePlugin(compiled, 'later.mjs')).toEqual({
      exported: { later: true },
      kit: undefined,
    });
  });
});
