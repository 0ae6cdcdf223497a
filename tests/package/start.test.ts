/**
 * What a process of faultline reads before it does anything: a night starts one for every run.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/faultline.js', import.meta.url));

it('starts from a few large files, without the packages that most commands never need', () => {
  const { stdout, stderr } = spawnSync(process.execPath, [BIN, '--version'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, NODE_DEBUG: 'esm' },
  });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const read = new Set(stderr.match(/file:\/\/[^'" \n]*\.m?js/g));
  expect([...read].some((file) => file.endsWith('/dist/bundle/main.js'))).toBe(true);
  expect(read.size).toBeLessThan(60);
  const needless = /node_modules\/(dockerode|ssh2|undici|execa|esbuild|ajv|yaml)\//;
  expect([...read].filter((file) => needless.test(file))).toEqual([]);
});

it('takes the modules when they were compiled after the bundle was made', () => {
  const root = mkdtempSync(join(tmpdir(), 'faultline-start-'));
  try {
    cpSync(BIN, join(root, 'bin', 'faultline.mjs'));
    const say = (path: string, atS: number): void => {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), `console.log(${JSON.stringify(path)})`);
      utimesSync(join(root, path), atS, atS);
    };
    const started = (): string =>
      spawnSync(process.execPath, [join(root, 'bin', 'faultline.mjs')], { encoding: 'utf8' }).stdout.trim();
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    say('dist/cli/main.js', 1_000);
    expect(started()).toBe('dist/cli/main.js');
    say('dist/bundle/main.js', 2_000);
    expect(started()).toBe('dist/bundle/main.js');
    say('dist/.tsbuildinfo', 3_000);
    expect(started()).toBe('dist/cli/main.js');
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
