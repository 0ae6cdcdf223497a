/**
 * What runs need of a worker, by their configuration, and what a machine says it can.
 */
import { describe, expect, it } from 'vitest';
import { ABILITIES, abilitiesOf, hasProgram, INSTALLED } from '../../../cli/campaign/abilities.ts';
import { needsOfConfig, needsOfRuns } from '../../../cli/campaign/run-needs.ts';
import { needsText } from '../../../harness/campaign/workers/needs.ts';
import type { Config } from '../../../harness/config/types.ts';
import { systems } from '../../../systems/index.ts';
import { planned, scenario } from '../../harness/campaign/samples.ts';

describe('a run', () => {
  it.each<[string, Config, unknown]>([
    ['simulated', { system: 'raft', backend: 'sim', nemesis: 'clock,partition' }, [['sim']]],
    ['of real processes', { system: 'raft', backend: 'stdio' }, [['stdio']]],
    ['on virtual time', { system: 'raft', virtualTime: true }, [['stdio'], ['virtual-time']]],
    ['of an installed system', { system: 'etcd' }, [['netns', 'tcp', 'ssh'], ['etcd']]],
    ['of an image', { system: 'etcd', backend: 'docker', docker: { image: 'etcd' } }, [['docker']]],
    ['of a program in an image', { command: { start: 'serve' }, docker: { image: 'own' } }, [['docker']]],
    [
      'of an image to make',
      { system: 'etcd', docker: { build: 'image' }, backend: 'docker' },
      [['docker'], ['project']],
    ],
    [
      'of a program of its own path',
      { system: 'etcd', backend: 'tcp', set: { binary: '/opt/etcd' } },
      [['tcp'], ['project']],
    ],
    [
      'with clocks that jump',
      { system: 'raft', backend: 'tcp', nemesis: ['clock:jump'] },
      [['tcp'], ['clock']],
    ],
    [
      'with a disk that fails',
      { system: 'raft', backend: 'netns', nemesis: [{ fault: 'disk' }, 'kill@leader'] },
      [['netns'], ['disk']],
    ],
    ['of a program', { command: { start: 'node server.js' } }, [['tcp'], ['program:node'], ['project']]],
    ['of a Maelstrom program', { command: { start: './node', maelstrom: true } }, [['stdio'], ['project']]],
    ['of a module', { system: 'module', backend: 'sim', set: { module: 'mine.ts' } }, [['sim'], ['project']]],
  ])('%s', (_, config, needs) => {
    expect(needsOfConfig(config)).toEqual(needs);
  });

  it('of programs that travel are what has to be installed', () => {
    const travel = { modules: true, programs: true };
    expect(needsOfConfig({ command: { start: 'python3 server.py' } }, travel)).toEqual([
      ['tcp'],
      ['program:python3'],
    ]);
    expect(needsOfConfig({ command: { start: ['./server', '{{node.id}}'] } }, travel)).toEqual([['tcp']]);
    expect(needsOfConfig({ command: { start: '{{node.dir}}/server' } }, travel)).toEqual([['tcp']]);
    expect(needsText([['tcp'], ['program:python3']], ['tcp'])).toBe('the program python3');
    expect([hasProgram('sh'), hasProgram('/bin/sh')]).toEqual([true, true]);
    expect([hasProgram('no-such-program'), hasProgram('/no/such')]).toEqual([false, false]);
  });

  it('of a night is known by its scenario; a canary and a simulated regression need nothing but the simulator', () => {
    const regressions = new Map<string, Config | null>([
      ['regression/sim', null],
      ['regression/real', { system: 'etcd', backend: 'tcp' }],
    ]);
    const needsOf = needsOfRuns([scenario()], regressions, { modules: true, programs: false });
    expect(needsOf(planned())).toEqual([['sim']]);
    expect(needsOf(planned({ kind: 'canary', scenario: 'canary/lock' }))).toEqual([['sim']]);
    expect(needsOf(planned({ kind: 'regression', scenario: 'regression/sim' }))).toEqual([['sim']]);
    expect(needsOf(planned({ kind: 'regression', scenario: 'regression/real' }))).toEqual([
      ['tcp'],
      ['etcd'],
    ]);
    expect(needsOf(planned({ scenario: 'gone/w/n' }))).toEqual([['project']]);
    expect(needsOfRuns([scenario()], regressions, { modules: false, programs: true })(planned())).toEqual([
      ['sim'],
      ['project'],
    ]);
  });
});

describe('a machine', () => {
  it('can what it is told, of the words there are', async () => {
    expect(await abilitiesOf(['sim', 'ssh', 'sim'])).toEqual(['sim', 'ssh']);
    await expect(abilitiesOf(['dokcer'])).rejects.toThrow('there is no ability "dokcer"');
    expect(Object.keys(INSTALLED).filter((name) => systems[name] === undefined)).toEqual([]);
    expect(ABILITIES).toContain('virtual-time');
  });
});
