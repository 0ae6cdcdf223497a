import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.ts';
import { SHELLS } from '../../cli/completion-scripts.ts';
import { completedCommands } from '../../cli/completion-words.ts';
import { notInstalled, skipping } from '../kits/skipping.ts';

let dir: string;
const words = completedCommands(COMMANDS);
const script = (shell: keyof typeof SHELLS): string => {
  const path = join(dir, shell);
  writeFileSync(path, SHELLS[shell].script(words));
  return path;
};
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-completion-'));
  mkdirSync(join(dir, '.faultline', 'raft-register'), { recursive: true });
  // What bash would carry out, were it taken for a word.
  mkdirSync(join(dir, '.faultline', '$(touch taken)'));
  const names = ['systems kvs', 'faults slow-start', 'systems $(touch taken)', 'systems `touch taken`'];
  writeFileSync(join(dir, '.faultline', '.plugin-names'), names.map((name) => `${name}\n`).join(''));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const without = (shell: string): boolean => skipping(`completion in ${shell}`, notInstalled(shell, shell));

/** What a shell program says in a folder with one run. */
function said(shell: string, program: string): string[] {
  const { stdout, stderr, status } = spawnSync(shell, ['-c', program], {
    cwd: dir,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.split(/\s+/).filter(Boolean);
}

/** What comes next after the last of these words, as each shell tells. */
const NEXT = {
  bash: (typed: string[]): string =>
    `source ${script('bash')}; COMP_WORDS=(${typed.map((word) => `'${word}'`).join(' ')}); ` +
    `COMP_CWORD=${typed.length - 1}; _faultline; echo "\${COMPREPLY[@]}"`,
  fish: (typed: string[]): string => `source ${script('fish')}; complete -C '${typed.join(' ')}' | cut -f1`,
};

describe.each(['bash', 'fish'] as const)('completion in %s', (shell) => {
  const missing = without(shell);

  it.skipIf(missing).each([
    [['faultline', 'che'], 'check'],
    [['faultline', 'run', '--workl'], '--workload'],
    [['faultline', 'run', '--nemesis', 'part'], 'partition'],
    [['faultline', 'check', '--consistency-model', 'snap'], 'snapshot-isolation'],
    [['faultline', 'run', '--backend', 'net'], 'netns'],
    [['faultline', 'demo', 'bul'], 'bully'],
    [['faultline', 'describe', 'split-b'], 'split-brain'],
    [['faultline', 'shrink', 'raft'], 'raft-register'],
    [['faultline', 'list', 'work'], 'workloads'],
    [['faultline', 'run', '--system', 'kv'], 'kvs'],
    [['faultline', 'run', '--nemesis', 'slow-'], 'slow-start'],
    [['faultline', 'describe', 'kv'], 'kvs'],
  ])('goes on from %j', (typed, expected) => {
    expect(said(shell, NEXT[shell](typed))).toContain(expected);
  });

  it.skipIf(missing)('carries out no name', () => {
    said(shell, NEXT[shell](['faultline', 'shrink', '']));
    said(shell, NEXT[shell](['faultline', 'run', '--system', '']));
    expect(existsSync(join(dir, 'taken'))).toBe(false);
  });

  it.skipIf(missing)('offers nothing of another command', () => {
    expect(said(shell, NEXT[shell](['faultline', 'clean', '--workl']))).not.toContain('--workload');
  });
});

describe('completion in zsh', () => {
  it.skipIf(without('zsh'))('is a script that zsh takes, with every command in it', () => {
    const path = script('zsh');
    expect(
      said('zsh', `autoload -Uz compinit; compinit -u -D; source ${path}; echo $_comps[faultline]`),
    ).toEqual(['_faultline']);
    expect(words.length).toBe(COMMANDS.length);
  });

  it.skipIf(without('zsh'))(
    'offers names that come along, of plug-ins, and of runs, and carries out none',
    () => {
      // Stands in for what takes words only while somebody types.
      const take = 'compadd() { eval print -rl -- \\$$2 }; _files() { }';
      const offered = (what: string): string[] =>
        said('zsh', `autoload -Uz compinit; compinit -u -D; source ${script('zsh')}; ${take}; ${what}`);
      expect(offered('_faultline_named systems')).toEqual(expect.arrayContaining(['raft', 'kvs']));
      expect(offered('_faultline_named faults')).toEqual(expect.arrayContaining(['partition', 'slow-start']));
      expect(offered('_faultline_runs').sort()).toEqual(['last', 'raft-register']);
      expect(existsSync(join(dir, 'taken'))).toBe(false);
    },
  );
});

describe('what may follow', () => {
  it('is known of every command, and needs no quoting', () => {
    for (const { name, options, argument } of words) {
      const following = [argument, ...options.map(({ follows }) => follows)];
      const all = following.flatMap((each) => (each?.kind === 'words' ? each.words : []));
      expect([name, ...options.map(({ flag }) => flag), ...all].join(' ')).toMatch(/^[\w ./-]+$/);
    }
  });
});
