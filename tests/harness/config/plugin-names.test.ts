/**
 * Where configurations and campaigns may name modules by their paths.
 */
import { describe, expect, it } from 'vitest';
import {
  isPluginPath,
  namedWord,
  type PluginLoader,
  resolvePlugins,
} from '../../../harness/config/plugin-names.ts';
import { parseSource } from '../../../harness/config/source.ts';
import { UsageError } from '../../../harness/registry.ts';

const loader = (): { load: PluginLoader; loaded: string[] } => {
  const loaded: string[] = [];
  const load: PluginLoader = async (path, _shown, kind) => {
    loaded.push(`${kind ?? 'any'} ${path}`);
    if (path.endsWith('gone.ts')) throw new UsageError('there is no such plug-in', { hint: 'looked for it' });
    return `own-${kind}`;
  };
  return { load, loaded };
};

describe('paths of plug-ins', () => {
  it('are told from names', () => {
    for (const path of ['./a.ts', '../b/c.mjs', '/abs/d.js', './f.cts:mode@leader'])
      expect(isPluginPath(path)).toBe(true);
    for (const name of ['raft', 'clock:jump', 'kill@n1', 'a.ts', './data', './x.yaml'])
      expect(isPluginPath(name)).toBe(false);
  });

  it('keep what follows the name of a fault', async () => {
    expect(await namedWord('./f.ts:deep@leader', 'fault', '/w', loader().load)).toBe('own-fault:deep@leader');
    expect(await namedWord('kill@leader', 'fault', '/w', loader().load)).toBe('kill@leader');
  });

  it('may stand wherever a name may, in configurations and campaigns', async () => {
    const { load, loaded } = loader();
    const text = `plugins: [p.ts]
system: ./s.ts
workload: { name: ./w.ts, keys: 3 }
nemesis: "./f.ts:x, kill"
checkers: [./c.ts, { name: ./c.ts, model: ./not-a-plugin.ts }]
systems: [./s.ts, { system: ./s.ts, set: { module: ./node.ts } }, { config: ./other.config.ts }]
nemeses: { storm: [kill, ./f.ts@n1], calm: { nemesis: ./f.ts, rate: 3 } }
set: { module: ./node.ts }
`;
    const source = parseSource(text, 'faultline.yaml');
    await resolvePlugins(source, '/w/faultline.yaml', load);
    expect(source.value).toEqual({
      system: 'own-system',
      workload: { name: 'own-workload', keys: 3 },
      nemesis: 'own-fault:x,kill',
      checkers: ['own-checker', { name: 'own-checker', model: './not-a-plugin.ts' }],
      systems: [
        'own-system',
        { system: 'own-system', set: { module: './node.ts' } },
        { config: './other.config.ts' },
      ],
      nemeses: { storm: ['kill', 'own-fault@n1'], calm: { nemesis: 'own-fault', rate: 3 } },
      set: { module: './node.ts' },
    });
    expect(new Set(loaded)).toEqual(
      new Set(['any /w/p.ts', 'system /w/s.ts', 'workload /w/w.ts', 'fault /w/f.ts', 'checker /w/c.ts']),
    );
  });

  it('are shown where they stand when they lead nowhere', async () => {
    const source = parseSource('system: raft\nnemesis:\n  - kill\n  - ./gone.ts:x\n', 'faultline.yaml');
    const error = await resolvePlugins(source, '/w/faultline.yaml', loader().load).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as UsageError).place).toBe('faultline.yaml:4:5');
  });

  it('leaves what is no list of paths to the schema', async () => {
    const source = parseSource('plugins: { a: 1 }\n', 'faultline.yaml');
    await resolvePlugins(source, '/w/faultline.yaml', loader().load);
    expect(source.value).toEqual({ plugins: { a: 1 } });
  });
});
