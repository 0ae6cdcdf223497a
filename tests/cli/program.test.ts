import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.ts';
import { FAMILIES } from '../../cli/registries.ts';
import { type Typed, typed } from './typed.ts';

const type = (...words: string[]): Promise<Typed> => typed(tmpdir(), ...words);

describe('the command line', () => {
  it('answers help and version with 0', async () => {
    const help = await type('--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/^ {2}\$ faultline demo /);
    expect(help.stdout).toContain('exit codes  0 pass  1 fail  2 unknown  3 vacuous  4 broken  64 usage');
    expect(await type('--version')).toMatchObject({ code: 0, stdout: '1.2.3\n' });
    expect((await type()).code).toBe(0);
  });

  it.each(COMMANDS.map((command) => command.name))('explains %s, examples first', async (name) => {
    const { code, stdout } = await type(name, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}\$ /);
    expect(stdout.indexOf(`faultline ${name}`)).toBeLessThan(stdout.indexOf('Usage:'));
  });

  it.each([[], ...COMMANDS.map(({ name }) => [name])])(
    'fits eighty columns: --help of %s',
    async (...names) => {
      const { stdout } = await type(...names, '--help');
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it('lists every family, and describes everything it lists', async () => {
    for (const family of Object.keys(FAMILIES)) {
      const listed = await type('list', family, '--json');
      const rows = JSON.parse(listed.stdout) as { name: string; summary: string }[];
      expect(rows.length).toBeGreaterThan(0);
      for (const { name, summary } of rows) {
        const described = await type('describe', name);
        expect(described.code).toBe(0);
        expect(described.stdout).toContain(summary);
      }
    }
  });

  it('lists systems with their bug switches', async () => {
    const rows = JSON.parse((await type('list', 'systems', '--json')).stdout) as {
      name: string;
      bugs: object;
    }[];
    expect(Object.keys(rows.find((row) => row.name === 'raft')!.bugs).length).toBeGreaterThanOrEqual(6);
  });

  it('exits 64 for what it does not know', async () => {
    expect((await type('lsit')).code).toBe(64);
    expect((await type('list', 'fault')).code).toBe(64);
    expect((await type('list', '--jsn')).code).toBe(64);
    expect((await type('check')).code).toBe(64);
  });
});
