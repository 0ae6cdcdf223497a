import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describePrograms } from '../../../harness/run/programs.ts';
import { testedFiles } from '../../../systems/installed.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-programs-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('what was tested', () => {
  it('is told by the version a program says, or by the hash of its file', async () => {
    writeFileSync(join(folder, 'kv.js'), 'abc');
    const programs = () => [
      { name: 'node', file: process.execPath, ask: ['--version'] },
      { name: 'jar', file: join(folder, 'kv.js'), version: '3.8.0' },
      ...testedFiles(['node', 'kv.js', '--port', '7'], folder).slice(1),
      { name: 'gone', file: join(folder, 'gone') },
    ];
    const said = await describePrograms({ programs }, {}, 'tcp');
    expect(said).toEqual([
      { name: 'node', file: expect.stringMatching(/node/), version: process.version },
      { name: 'jar', file: expect.stringMatching(/kv\.js$/), version: '3.8.0' },
      {
        name: 'kv.js',
        file: expect.stringMatching(/kv\.js$/),
        sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      },
    ]);
    // A container has an image, another machine programs of its own.
    expect(await describePrograms({ programs }, {}, 'docker')).toEqual([]);
    expect(await describePrograms({ programs }, {}, 'ssh')).toEqual([]);
  });

  it('hashes a program that does not say its version', async () => {
    const programs = () => [{ name: 'node', file: process.execPath, ask: ['--no-such-option'] }];
    const [said] = await describePrograms({ programs }, {}, 'stdio');
    expect(said?.sha256 ?? 'too large to be read').toMatch(/^[0-9a-f]{64}$|too large/);
    expect(said).not.toHaveProperty('version');
  });
});
