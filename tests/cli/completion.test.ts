import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.ts';
import { SHELLS } from '../../cli/completion-scripts.ts';
import { completedCommands } from '../../cli/completion-words.ts';

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
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** What a shell program says in a folder with one run. */
function said(shell: string, program: string): string[] {
  const { stdout, stderr, status } = spawnSync(shell, ['-c', program], { cwd: dir, encoding: 'utf8' });
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
  it.skipIf(!has(shell)).each([
    [['faultline', 'che'], 'check'],
    [['faultline', 'run', '--workl'], '--workload'],
    [['faultline', 'run', '--nemesis', 'part'], 'partition'],
    [['faultline', 'check', '--consistency-model', 'snap'], 'snapshot-isolation'],
    [['faultline', 'run', '--backend', 'net'], 'netns'],
    [['faultline', 'demo', 'bul'], 'bully'],
    [['faultline', 'describe', 'split-b'], 'split-brain'],
    [['faultline', 'shrink', 'raft'], 'raft-register'],
    [['faultline', 'list', 'work'], 'workloads'],
  ])('goes on from %j', (typed, expected) => {
    expect(said(shell, NEXT[shell](typed))).toContain(expected);
  });

  it.skipIf(!has(shell))('offers nothing of another command', () => {
    expect(said(shell, NEXT[shell](['faultline', 'clean', '--workl']))).not.toContain('--workload');
  });
});

describe('completion in zsh', () => {
  it.skipIf(!has('zsh'))('is a script that zsh takes, with every command in it', () => {
    const path = script('zsh');
    expect(
      said('zsh', `autoload -Uz compinit; compinit -u -D; source ${path}; echo $_comps[faultline]`),
    ).toEqual(['_faultline']);
    expect(words.length).toBe(COMMANDS.length);
  });
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
